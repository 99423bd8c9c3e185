"""What the tracker tells of attention: visible time, scroll depth, what was seen."""

import pytest
from playwright.sync_api import Page

from tests.browser.recorder import Recorder

TALL = "<div id=tall></div><script nonce=test>tall.style.height = '4000px'</script>"
HIDDEN = """(isHidden) => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def clock_page(page: Page) -> Page:
    """A page whose time moves only when told."""
    page.clock.install()
    return page


def test_only_visible_time_counts(site: Recorder, clock_page: Page) -> None:
    page = clock_page
    page.goto(site.url)
    site.wait_for("page")
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward(30_000)
    page.evaluate(HIDDEN, True)
    (first,) = site.wait_for("Page Engaged")
    assert first["properties"]["visible_seconds"] in (30, 31)
    page.clock.fast_forward(600_000)
    page.evaluate(HIDDEN, False)
    page.clock.fast_forward(5_000)
    page.evaluate(HIDDEN, True)
    second = site.wait_for("Page Engaged", count=2)[1]
    assert second["properties"]["visible_seconds"] in (5, 6)


def test_the_time_of_a_view_belongs_to_its_own_address(site: Recorder, clock_page: Page) -> None:
    page = clock_page
    page.goto(f"{site.url}/one")
    site.wait_for("page")
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward(8_000)
    page.evaluate("history.pushState({}, '', '/two')")
    page.clock.fast_forward(3_000)
    page.evaluate(HIDDEN, True)
    engaged = site.wait_for("Page Engaged", count=2)
    assert [e["context"]["page"]["path"] for e in engaged] == ["/one", "/two"]
    assert [e["properties"]["path"] for e in engaged] == ["/one", "/two"]


def test_scroll_depth_is_told_at_quarters_and_at_the_end(site: Recorder, page: Page) -> None:
    site.html = TALL
    page.goto(site.url)
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 100)")
    page.wait_for_timeout(100)
    page.evaluate("scrollTo(0, 1500)")
    site.wait_for("Page Scrolled")
    page.evaluate("scrollTo(0, 1700)")
    page.wait_for_timeout(100)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(100)
    page.evaluate(HIDDEN, True)
    depths = [e["properties"]["percent"] for e in site.wait_for("Page Scrolled", count=2)]
    assert 50 < depths[0] < depths[1] < 75


def test_a_variant_is_seen_after_a_second_on_screen(site: Recorder, page: Page) -> None:
    site.html = (
        "<!--px:aaaaaaaaaaaa--><p>Above</p><!--/px-->"
        "<div><!--px:cccccccccccc-->Bare text<!--/px--></div>"
        f"{TALL}<!--px:bbbbbbbbbbbb--><p>Below</p><!--/px--><!--px:no good--><p>x</p>"
    )
    page.goto(site.url)
    site.wait_for("Variant Seen", count=2)
    page.evaluate("document.querySelector('#tall ~ p').scrollIntoView()")
    site.wait_for("Variant Seen", count=3)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1500)
    seen = [e["properties"]["exposure"] for e in site.events("Variant Seen")]
    assert sorted(seen[:2]) == ["aaaaaaaaaaaa", "cccccccccccc"]
    assert seen[2:] == ["bbbbbbbbbbbb"]


def test_a_variant_passed_in_less_than_a_second_is_not_seen(
    site: Recorder, clock_page: Page
) -> None:
    page = clock_page
    site.html = "<!--px:aaaaaaaaaaaa--><p>Above</p><!--/px-->" + TALL
    page.goto(site.url)
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_timeout(300)  # the browser's own time, for the observer to notice
    page.clock.fast_forward(5_000)
    page.evaluate("personalize.track('Done')")
    page.clock.fast_forward(1_000)
    site.wait_for("Done")
    assert site.events("Variant Seen") == []


def test_a_variant_taller_than_the_screen_is_seen_by_the_half_of_the_screen(
    site: Recorder, page: Page
) -> None:
    site.html = f"<!--px:aaaaaaaaaaaa-->{TALL}<!--/px-->"
    page.goto(site.url)
    site.wait_for("Variant Seen")


def test_what_a_page_inserts_later_is_watched_too(site: Recorder, page: Page) -> None:
    page.goto(site.url)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """document.body.insertAdjacentHTML("beforeend", `<!--px:dddddddddddd--><p>New</p><!--/px-->
            <p data-pz-view="Product Viewed" data-pz-props='{"product_id": "b1"}'>Boot</p>`)"""
    )
    site.wait_for("Variant Seen")
    (viewed,) = site.wait_for("Product Viewed")
    assert viewed["properties"] == {"product_id": "b1"}


def test_a_click_tells_of_each_variant_around_it(site: Recorder, page: Page) -> None:
    site.html = (
        "<!--px:aaaaaaaaaaaa--><p>"
        "<!--px:bbbbbbbbbbbb--><b><button id=inner>In</button></b><!--/px-->"
        "<button id=outer>Out</button> <i id=text>words</i></p><!--/px-->"
        "<button id=after>A</button>"
        "<!--px:cccccccccccc--><a href='#x' data-pz-ignore id=ignored>No</a><!--/px-->"
    )
    page.goto(site.url)
    site.wait_for("page")
    page.wait_for_load_state("networkidle")
    for target in ("#after", "#text", "#ignored", "#inner", "#outer"):
        page.click(target)
    clicked = site.wait_for("Variant Clicked", count=3)
    assert [each["properties"]["exposure"] for each in clicked] == [
        "aaaaaaaaaaaa", "bbbbbbbbbbbb", "aaaaaaaaaaaa",
    ]  # fmt: skip
