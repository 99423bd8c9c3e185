"""That no event of the tracker is lost, doubled, or sent against the visitor's will."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.recorder import Answer, Recorder

ALL = "analytics personalization marketing"


def track(page: Page, *names: str) -> None:
    """Call the tracker once for each name."""
    page.evaluate("(names) => names.forEach((name) => personalize.track(name))", list(names))


def hide(page: Page) -> None:
    """Make the page believe that the visitor left it."""
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", {value: true, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def test_the_first_answer_sets_the_visitor_before_anything_else_is_sent(
    site: Recorder, page: Page
) -> None:
    page.goto(site.url)
    track(page, *(f"Event {number}" for number in range(50)))
    site.wait_for("Event 49")
    batches = [r for r in site.requests if r.path.endswith("v1/batch")]
    assert batches[0].cookie == ""
    assert {r.cookie for r in batches[1:]} == {"px=visitor1"}
    assert max(len(r.body["batch"]) for r in batches) <= 20
    names = [e["event"] for e in site.accepted() if e["type"] == "track"]
    assert names == [f"Event {number}" for number in range(50)]


def test_a_refused_batch_is_sent_again_with_the_same_message_ids(
    site: Recorder, page: Page, console_errors: list[str]
) -> None:
    page.goto(site.url)
    site.wait_for("page")
    site.answers = [Answer(503, {"Retry-After": "1"}), Answer(429)]
    track(page, "One", "Two")
    site.wait_until(lambda: not site.answers)
    track(page, "Three")
    site.wait_for("Three")
    assert [e["event"] for e in site.accepted()[1:]] == ["One", "Two", "Three"]
    assert len(site.delivered()) == 4
    console_errors.clear()  # the refusals


def test_an_invalid_batch_is_not_sent_for_ever(
    site: Recorder, page: Page, console_errors: list[str]
) -> None:
    page.goto(site.url)
    site.wait_for("page")
    site.answers = [Answer(400)]
    track(page, "Bad")
    site.wait_until(lambda: not site.answers)
    track(page, "Good")
    site.wait_for("Good")
    assert site.events("Bad") == []
    console_errors.clear()  # the refusal


def test_events_of_an_offline_page_arrive_once_from_the_next(
    site: Recorder, context: BrowserContext, page: Page, console_errors: list[str]
) -> None:
    page.goto(f"{site.url}/one")
    site.wait_for("page")
    context.set_offline(True)
    track(page, "Read in the tunnel", "Liked in the tunnel")
    hide(page)
    page.wait_for_function("localStorage.px_queue?.split('\\n').length === 2")
    page.goto("about:blank")  # a page that closes would be online again for a moment
    context.set_offline(False)
    following = context.new_page()
    following.goto(f"{site.url}/two")
    site.wait_for("Liked in the tunnel")
    track(following, "Done")
    site.wait_for("Done")
    names = [e.get("event", "page") for e in site.accepted()]
    expected = ["page", "Read in the tunnel", "Liked in the tunnel", "page", "Done"]
    assert names == expected
    assert following.evaluate("localStorage.px_queue") is None
    console_errors.clear()  # the network was off


def test_a_page_sends_at_once_when_the_network_is_back(
    site: Recorder, context: BrowserContext, page: Page, console_errors: list[str]
) -> None:
    page.goto(site.url)
    site.wait_for("page")
    context.set_offline(True)
    track(page, "Underground")
    context.set_offline(False)
    (event,) = site.wait_for("Underground")
    assert event["timestamp"] < site.requests[-1].body["sentAt"]
    console_errors.clear()  # the network was off


def test_what_waits_is_bounded(site: Recorder, page: Page, console_errors: list[str]) -> None:
    page.goto(site.url)
    site.wait_for("page")
    site.answers = [Answer(503, {"Retry-After": "3600"})]
    track(page, *(f"Event {number}" for number in range(1000)))
    page.wait_for_function("localStorage.px_queue")  # the page has heard the refusal
    track(page, "x" * 40_000)
    hide(page)
    kept = page.evaluate("localStorage.px_queue.split('\\n').map((text) => JSON.parse(text).event)")
    assert len(kept) == 300
    assert kept[-1] == "Event 999"
    console_errors.clear()  # the refusal


def test_leaving_hands_all_that_waits_to_the_browser(site: Recorder, page: Page) -> None:
    site.modules = ""
    page.goto(site.url)
    site.wait_for("page")
    page.evaluate(
        """() => {
            for (const name of ["One", "Two", "Three"]) personalize.track(name);
            dispatchEvent(new Event("pagehide"));
        }"""
    )
    site.wait_for("Three")
    assert [e.get("event") for e in site.accepted()] == [None, "One", "Two", "Three"]


def test_leaving_with_more_than_a_beacon_takes_keeps_the_rest(site: Recorder, page: Page) -> None:
    page.goto(site.url)
    site.wait_for("page")
    page.evaluate(
        """() => {
            for (let n = 0; n < 8; n++) personalize.track("Long", {n, text: "ü".repeat(10_000)});
            location.href = "/next";
        }"""
    )
    events = site.wait_for("Long", count=8)
    assert sorted(e["properties"]["n"] for e in events) == list(range(8))


def test_nothing_is_sent_or_stored_before_consent(site: Recorder, page: Page) -> None:
    site.consent = ALL
    page.goto(f"{site.url}/one")
    track(page, "Before")
    page.goto(f"{site.url}/two")
    assert page.evaluate("personalize.consent()") == []
    granted = page.evaluate("personalize.consent({analytics: true, marketing: false})")
    assert granted == ["analytics"]
    site.wait_for("page")
    track(page, "After")
    site.wait_for("After")
    assert site.requests[0].path == "/personalize/v1/consent"
    assert [e.get("event", "page") for e in site.accepted()] == ["page", "After"]
    page.goto(f"{site.url}/three")
    site.wait_for("page", count=2)


def test_withdrawn_consent_stops_the_tracker_at_once(site: Recorder, page: Page) -> None:
    site.consent = ALL
    page.goto(site.url)
    page.evaluate("personalize.consent({analytics: true})")
    site.wait_for("page")
    page.evaluate("personalize.consent({analytics: false})")
    track(page, "Too late")
    hide(page)
    page.evaluate("personalize.consent({analytics: true})")
    track(page, "Again")
    site.wait_for("Again")
    assert site.events("Too late") == []


def test_consent_that_was_not_stored_is_said_to_the_banner(
    site: Recorder, page: Page, console_errors: list[str]
) -> None:
    site.consent = ALL
    page.goto(site.url)
    site.answers = [Answer(503)]
    said = page.evaluate("personalize.consent({analytics: true}).catch((error) => error.message)")
    assert said == "consent: 503"
    console_errors.clear()  # the refusal


@pytest.mark.parametrize("signal", ["globalPrivacyControl: true", "doNotTrack: '1'"])
def test_a_browsers_signal_is_a_refusal(site: Recorder, page: Page, signal: str) -> None:
    page.context.add_init_script(
        f"for (const [key, value] of Object.entries({{ {signal} }}))"
        "Object.defineProperty(navigator, key, {get: () => value})"
    )
    site.consent = ALL
    page.goto(site.url)
    assert page.evaluate("personalize.consent({analytics: true})") == []
    track(page, "Ignored")
    hide(page)
    assert site.accepted() == []


def test_purposes_that_need_no_consent_are_granted(site: Recorder, page: Page) -> None:
    site.consent = "marketing"
    page.goto(site.url)
    assert page.evaluate("personalize.consent()") == ["analytics", "personalization"]
    site.wait_for("page")


def test_hostile_properties_change_no_prototype(site: Recorder, page: Page) -> None:
    """S31: prototype pollution."""
    site.html = """<a href="#x" data-pz-event="Clicked"
        data-pz-props='{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"p": 1}}}'
        >x</a>"""
    page.goto(site.url)
    page.click("a")
    page.evaluate(
        """() => {
            personalize.push(["__proto__.toString", 1]);
            personalize.push(["constructor.constructor", "window.ran = true"]);
            personalize.push(["track.constructor", "window.ran = true"]);
            personalize.track("Done", JSON.parse('{"__proto__": {"polluted": 1}}'));
        }"""
    )
    site.wait_for("Done")
    assert page.evaluate("[({}).polluted, [].p, window.ran]") == [None, None, None]


def test_no_error_reaches_the_page(site: Recorder, page: Page) -> None:
    """S31: the page's console stays clean; the fixture fails otherwise."""
    site.html = """<a href="#x" data-pz-event="Broken" data-pz-props="{not json">x</a>
        <i data-pz-view="Broken" data-pz-props="{not json">y</i>"""
    page.goto(site.url)
    page.click("a")
    page.evaluate(
        """() => {
            const circle = {}; circle.self = circle;
            personalize.track("Circle", circle);
            personalize.track("Big", {n: 10n});
            personalize.track("Getter", {get x() { throw new Error("boom"); }});
            personalize.push(null); personalize.push([]); personalize.push([Symbol("s")]);
            personalize.page(null, null, null); personalize.reset(); personalize.identify();
            personalize.track("Done");
        }"""
    )
    site.wait_for("Done")
    assert site.events("Circle") == site.events("Big") == site.events("Getter") == []


def test_a_browser_without_storage_or_random_ids_is_served_too(
    site: Recorder, chromium: Browser
) -> None:
    context = chromium.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }});"
        "delete Crypto.prototype.randomUUID;"
    )
    page = context.new_page()
    page.goto(site.url)
    track(page, "One", "Two")
    site.wait_for("Two")
    assert len({e["messageId"] for e in site.accepted()}) == 3
    context.close()
