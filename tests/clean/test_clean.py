"""A batch on its way to belief."""

from msgspec.structs import replace

from personalize.clean.clean import clean
from personalize.testing import event_of

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def seen(number: int, **context):
    return replace(event_of("a:visitor", number), context=context)


def test_good_events_go_on_in_order():
    events = [seen(number, userAgent=BROWSER) for number in range(3)]
    cleaned = clean(events)
    assert (cleaned.events, cleaned.rejects) == (events, [])


def test_an_invalid_event_is_rejected_with_its_place_and_its_neighbours_go_on():
    events = [
        seen(0, userAgent=BROWSER),
        replace(seen(1), message_id=""),
        seen(2, userAgent=BROWSER),
    ]
    cleaned = clean(events)
    assert [event.properties["number"] for event in cleaned.events] == [0, 2]
    assert [(item.index, item.detail) for item in cleaned.rejects] == [
        (1, "messageId: expected an id")
    ]


def test_a_bot_goes_on_marked():
    (event,) = clean([seen(0, userAgent="Googlebot/2.1")]).events
    assert event.bot == "not_a_browser"
    (event,) = clean([seen(0, userAgent=BROWSER, webdriver=True)]).events
    assert event.bot == "webdriver"
    (event,) = clean([seen(0)]).events
    assert event.bot == "no_user_agent"


def test_a_trusted_source_is_no_bot_for_having_no_browser():
    (event,) = clean([replace(seen(0), source="shop-server")]).events
    assert event.bot == ""


def test_a_bot_is_known_also_when_a_trusted_source_passes_its_events_on():
    (event,) = clean([replace(seen(0, userAgent="Googlebot/2.1"), source="shop-server")]).events
    assert event.bot == "not_a_browser"
    (event,) = clean([replace(seen(0, userAgent=BROWSER), source="shop-server")]).events
    assert event.bot == ""


def test_a_user_agent_of_a_wrong_type_is_none():
    (event,) = clean([seen(0, userAgent=7)]).events
    assert event.bot == "no_user_agent"
