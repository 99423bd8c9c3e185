"""The tutorial, done literally: every name that it prints bold is looked for in that order (U17).

With `PICTURES=docs/images` its pictures are taken anew: `make pictures`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from personalize import tasks
from personalize.measure import shown
from personalize.measure.exposures import buffer
from personalize.measure.health import give_sign
from tests import lanes
from tests.browser.rule_screen import pick, tab_to
from tests.chromium import FLAGS
from tests.pictures import picture
from tests.streamed import drain_all

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("alder"),
]

TEXT = Path(__file__).parents[2] / "docs/tutorial/first-personalised-page.md"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PRODUCTS = ("kitchen/ridge-kettle", "kitchen/two-finger-mug", "workshop/block-plane")


class Tutorial:
    """The text, read from its beginning to its end."""

    def __init__(self) -> None:
        self.names = re.findall(r"\*\*(.+?)\*\*", TEXT.read_text().replace("\n", " "))

    def next(self, name: str) -> str:
        """Return the name, which must be the next one that the text prints bold."""
        assert name == self.names.pop(0)
        return name


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """A browser that does not say that it is driven: that would be a bot."""
    disguise = (f"--user-agent={FIREFOX}", "--disable-blink-features=AutomationControlled")
    browser = chromium.browser_type.launch(
        executable_path=lanes.chromium(), args=[*FLAGS, *disguise]
    )
    yield browser
    browser.close()


@pytest.fixture
def person(browser: Browser, live_server: LiveServer) -> BrowserContext:
    """Whoever reads the tutorial."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    return context


def work() -> None:
    """Do what the demo's worker and beat do in the background."""
    buffer.flush()
    shown.push()
    drain_all()
    tasks.flush()
    give_sign("worker")
    give_sign("beat")


def sent(page: Page, event: str):
    """Wait for the request that tells of the event."""

    def tells(response):
        return response.url.endswith("v1/batch") and event in (response.request.post_data or "")

    return page.expect_response(tells)


@pytest.mark.timeout(600)
def test_somebody_who_has_never_seen_it_gets_through(person: BrowserContext) -> None:
    text = Tutorial()
    work()
    page = person.new_page()
    start(text, page)
    see_events(text, page)
    make_segment(text, page)
    make_variant(text, page)
    look_as_they_do(text, page)
    be_visitor(text, person)
    read_off(text, page)
    assert text.names == []


def start(text: Tutorial, page: Page) -> None:
    page.goto("/")
    with sent(page, "page"):
        page.get_by_role("button", name=text.next("Allow all")).click()
    page.goto("/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("alder-demo")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=text.next("Dashboard"), exact=True).first.click()
    expect(page.get_by_role("heading", name=text.next("First steps"))).to_be_visible()
    picture(page, "tutorial-dashboard")


def see_events(text: Tutorial, page: Page) -> None:
    page.get_by_role("link", name=text.next("Open the tracking doctor")).click()
    page.get_by_role("button", name=text.next("Look at it")).click()
    said = text.next("The tracker is in the page, it loads, and its endpoint answers")
    expect(page.get_by_text(said)).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=text.next("Open the site")).click()
    site = opened.value
    site.wait_for_load_state()
    site.wait_for_timeout(2_000)  # it tells of itself
    work()
    site.close()
    row = page.get_by_role("row").filter(has_text=text.next("Page Viewed"))
    expect(row.first).to_be_visible()
    picture(page, "tutorial-doctor")


def make_segment(text: Tutorial, page: Page) -> None:
    page.goto("/admin/personalize/segment/")
    page.get_by_role("link", name=text.next("Begin from a template")).click()
    begin = page.get_by_role("button", name=text.next("Begin from this"))
    begin.filter(has_text=text.next("High intent")).click()
    page.get_by_label("Name", exact=False).first.fill(text.next("Keen on our goods"))
    page.fill("#id_slug", text.next("keen-on-our-goods"))
    expect(page.locator(".px-rb-sentence")).to_contain_text("Product Viewed")
    page.wait_for_timeout(1_500)  # the count comes after a pause in the typing
    picture(page, "tutorial-segment", at=".field-rule")
    page.get_by_role("button", name=text.next("Save"), exact=True).click()
    page.locator(".messagelist .success").wait_for()


def make_variant(text: Tutorial, page: Page) -> None:
    page.goto("/admin/personalize/variant/")
    page.get_by_role("link", name=re.compile(text.next("Add variant"), re.IGNORECASE)).first.click()
    page.fill("#id_name", text.next("Free delivery"))
    slot = text.next("Line below the greeting")
    page.locator(".field-slot .select2-selection").click()
    page.locator(".select2-search__field").fill(slot)
    page.locator(".select2-results__option:not(.loading-results)").first.wait_for()
    page.locator(".select2-results__option", has_text=slot).click()
    page.get_by_role("button", name=text.next("Add a condition")).click()
    pick(page, text.next("Segments"))
    tab_to(page, "Value")
    pick(page, text.next("Keen on our goods"))
    page.get_by_label(re.compile(text.next("live"), re.IGNORECASE)).check()
    page.fill("#id_priority", text.next("1"))
    page.fill("#id_content", text.next("We deliver what you looked at for nothing."))
    picture(page, "tutorial-variant", at=".field-slot")
    page.get_by_role("button", name=text.next("Save"), exact=True).click()
    page.locator(".messagelist .success").wait_for()


def look_as_they_do(text: Tutorial, page: Page) -> None:
    page.goto("/admin/personalize/viewas/")
    page.get_by_label(text.next("Keen on our goods")).check()
    page.get_by_role("button", name=text.next("View the page")).click()
    said = text.next("We deliver what you looked at for nothing.")
    expect(page.get_by_text(said)).to_be_visible()
    picture(page, "tutorial-preview")
    page.get_by_role("button", name=text.next("Why?")).click()
    expect(page.locator("details.px-slot").first).to_be_visible()
    page.get_by_role("button", name=text.next("End")).click()
    expect(page.locator("[data-pz-preview]")).to_have_count(0)


def be_visitor(text: Tutorial, person: BrowserContext) -> None:
    browser = person.browser
    assert browser
    origin = person.pages[0].url.split("/admin")[0]
    page = browser.new_context(
        base_url=origin.rstrip("/"), viewport={"width": 1280, "height": 800}
    ).new_page()
    page.goto("/")
    with sent(page, "page"):
        page.get_by_role("button", name=text.next("Allow all")).click()
    for product in PRODUCTS:
        with sent(page, "Product Viewed"):
            page.goto(f"/shop/{product}/")
        work()
    page.goto("/")
    said = text.next("We deliver what you looked at for nothing.")
    expect(page.get_by_text(said)).to_be_visible()
    picture(page, "tutorial-visitor")
    page.context.close()


def read_off(text: Tutorial, page: Page) -> None:
    work()
    page.goto("/admin/personalize/dashboard/")
    expect(page.get_by_text(text.next("6 of 6 are done"))).to_be_visible()
    slot = text.next("Line below the greeting")
    page.get_by_role("link", name=slot).first.click()
    expect(page.get_by_text("Free delivery").first).to_be_visible()
    picture(page, "tutorial-slot", at=".px-panel")
    page.goto("/admin/personalize/dashboard/")
    page.get_by_role("button", name=text.next("Put the first steps away")).click()
    expect(page.get_by_role("heading", name="First steps")).to_have_count(0)
