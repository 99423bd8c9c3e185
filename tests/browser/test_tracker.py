"""What the tracker tells of pages, calls and markup."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.recorder import Recorder


def snippet(*commands: str) -> str:
    """Return the script by which a page calls the tracker before it is loaded."""
    calls = "".join(f"personalize.push({command});" for command in commands)
    return f"<script nonce='test'>window.personalize = window.personalize || [];{calls}</script>"


def test_a_page_view_is_told_at_once_with_its_context(site: Recorder, page: Page) -> None:
    page.goto(f"{site.url}/boots?utm_source=mail#top")
    (view,) = site.wait_for("page")
    assert view["properties"]["path"] == "/boots"
    assert view["properties"]["search"] == "?utm_source=mail"
    assert view["properties"]["url"] == f"{site.url}/boots?utm_source=mail"
    assert view["context"]["page"]["title"] == "Title"
    assert view["context"]["locale"] == "en-US"
    assert view["context"]["timezone"]
    assert view["context"]["screen"]["innerWidth"] == 1280
    assert view["context"]["webdriver"] is True
    assert len(view["messageId"]) == 36
    assert view["timestamp"] <= site.requests[0].body["sentAt"]


def test_the_canonical_path_names_the_page(site: Recorder, page: Page) -> None:
    site.head = "<link rel='canonical' href='/boots'>"
    page.goto(f"{site.url}/boots/red?size=44")
    assert site.wait_for("page")[0]["properties"]["path"] == "/boots"


def test_a_page_restored_from_the_back_forward_cache_is_a_new_view(
    site: Recorder, page: Page
) -> None:
    page.goto(f"{site.url}/one")
    site.wait_for("page")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    site.wait_for("page", count=2)


def test_a_single_page_application_tells_every_view_once(site: Recorder, page: Page) -> None:
    page.goto(f"{site.url}/one")
    site.wait_for("page")
    page.evaluate("history.pushState({}, '', '/two'); document.title = 'Two'")
    site.wait_for("page", count=2)
    page.evaluate("history.replaceState({kept: 1}, '', '/two')")  # the same address
    page.evaluate("location.hash = 'part'")
    page.evaluate("history.pushState({}, '', '/loading'); history.replaceState({}, '', '/three')")
    site.wait_for("page", count=3)
    page.evaluate("history.go(-1)")
    views = site.wait_for("page", count=4)
    assert [v["properties"]["path"] for v in views] == ["/one", "/two", "/three", "/two"]
    assert [v["properties"]["title"] for v in views[:2]] == ["Title", "Two"]
    assert views[1]["properties"]["referrer"] == f"{site.url}/one"


def test_calls_before_the_tracker_is_loaded_are_replayed_in_order(
    site: Recorder, page: Page
) -> None:
    site.head = snippet("['identify', 'u1', {plan: 'pro'}]", "['track', 'Signed In']", "['nope']")
    page.goto(site.url)
    site.wait_for("Signed In")
    assert [e["type"] for e in site.accepted()] == ["page", "identify", "track"]
    assert site.events("identify")[0]["traits"] == {"plan": "pro"}


def test_the_calls_of_the_segment_spec_have_its_shapes(site: Recorder, page: Page) -> None:
    page.goto(site.url)
    page.evaluate(
        """() => {
            analytics.page("Docs", "Index", {version: 2});
            analytics.alias("new", "old");
            analytics.group("g1", {seats: 3});
            analytics.track("Signed Up", {method: "mail"}, {context: {campaign: {name: "May"}}});
        }"""
    )
    (signed_up,) = site.wait_for("Signed Up")
    assert signed_up["context"]["campaign"] == {"name": "May"}
    assert signed_up["context"]["page"]["path"] == "/"
    named = site.events("page")[1]
    assert (named["category"], named["name"]) == ("Docs", "Index")
    assert named["properties"]["version"] == 2
    (alias,) = site.events("alias")
    assert (alias["userId"], alias["previousId"]) == ("new", "old")
    assert site.events("group")[0]["groupId"] == "g1"


def test_another_vendors_analytics_is_left_alone(site: Recorder, page: Page) -> None:
    site.head = "<script nonce='test'>window.analytics = {theirs: true}</script>"
    page.goto(site.url)
    site.wait_for("page")
    assert page.evaluate("analytics.theirs") is True


def test_a_second_copy_of_the_script_does_nothing(site: Recorder, page: Page) -> None:
    site.head = "<script defer src='/static/personalize/tracker.js' data-endpoint='/x/'></script>"
    site.head = site.head.replace("/x/", "/personalize/")
    page.goto(site.url)
    page.evaluate("personalize.track('Done')")
    site.wait_for("Done")
    assert len(site.events("page")) == 1


def test_clicks_and_submits_are_told_as_the_markup_declares(site: Recorder, page: Page) -> None:
    site.html = """
        <button data-pz-event="Product Added" data-pz-props='{"product_id": "b1", "price": 9.5}'>
          <b>Add</b></button>
        <form data-pz-event="Newsletter Subscribed"><input name="email" value="a@b.example">
          <button>Go</button></form>
        <script nonce="test">
          document.querySelector("button").addEventListener("click", (e) => e.stopPropagation());
          document.querySelector("form").addEventListener("submit", (e) => e.preventDefault());
        </script>"""
    page.goto(site.url)
    page.click("b")
    page.click("text=Go")
    site.wait_for("Newsletter Subscribed")
    assert [e["properties"] for e in site.events("Product Added")] == [
        {"product_id": "b1", "price": 9.5}
    ]
    assert len(site.events("Newsletter Subscribed")) == 1


def test_an_async_slot_is_filled_by_one_request_and_keeps_its_default_otherwise(
    site: Recorder, page: Page
) -> None:
    site.html = """
        <div data-pz-slot="hero" aria-busy="true">Default hero</div>
        <div data-pz-slot="side" aria-busy="true">Default side</div>
        <div data-pz-slot="constructor">Default three</div>"""
    site.fragments = {"hero": "<p>For you</p><script>window.ran = true</script>"}
    page.goto(site.url)
    page.wait_for_selector("text=For you")
    assert page.text_content("[data-pz-slot=side]") == "Default side"
    assert page.text_content("[data-pz-slot=constructor]") == "Default three"
    assert page.locator("[aria-busy]").count() == 0
    assert page.evaluate("window.ran") is None
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i data-pz-slot=hero>d</i>')")
    page.evaluate("personalize.refresh()")
    page.wait_for_selector("i >> text=For you")
    asked: list[dict[str, Any]] = [r.body for r in site.requests if r.path.endswith("v1/decide")]
    assert [body["slots"] for body in asked] == [["hero", "side", "constructor"], ["hero"]]
    assert asked[0]["context"]["page"]["path"] == "/"
