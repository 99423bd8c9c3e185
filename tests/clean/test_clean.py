"""A batch on its way to belief."""

from hypothesis import given, settings
from msgspec.structs import replace

from personalize.clean.clean import clean
from personalize.clean.policy import Policies, compile_event
from personalize.events.declared import parse_properties
from personalize.testing import event_of
from tests.clean.strategies import events, policies

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def seen(number: int, **context):
    return replace(event_of("a:visitor", number), context=context)


def declaring(**properties):
    """Return policies that declare the properties of Product Viewed."""
    policy = compile_event(parse_properties(properties), statistics={}, is_converting=True)
    return Policies(events={"Product Viewed": policy}, currency="EUR", rates={"USD": 0.5})


def test_good_events_go_on_in_order():
    given = [seen(number, userAgent=BROWSER) for number in range(3)]
    cleaned = clean(given)
    assert (cleaned.events, cleaned.rejects) == (given, [])


def test_an_invalid_event_is_rejected_with_its_place_and_its_neighbours_go_on():
    given = [
        seen(0, userAgent=BROWSER),
        replace(seen(1), message_id=""),
        seen(2, userAgent=BROWSER),
    ]
    cleaned = clean(given)
    assert [event.properties["number"] for event in cleaned.events] == [0, 2]
    assert [(item.index, item.reason, item.detail) for item in cleaned.rejects] == [
        (1, "invalid", "messageId: expected an id")
    ]


def test_an_event_without_what_is_required_is_rejected_with_the_path():
    asked = declaring(price={"type": "number", "missing": "quarantine"})
    cleaned = clean([seen(0, userAgent=BROWSER)], policies=asked)
    assert [(item.reason, item.detail) for item in cleaned.rejects] == [
        ("missing", "properties.price: expected a number, got nothing")
    ]


def test_every_step_counts_what_it_did_by_source():
    asked = declaring(price={"type": "number", "unit": "money"})
    given = [
        replace(seen(number, userAgent=BROWSER), properties={"price": "8", "currency": "USD"})
        for number in range(3)
    ]
    given[2] = replace(given[2], source="shop")
    cleaned = clean(given, policies=asked)
    assert cleaned.events[0].properties == {"price": 4, "currency": "EUR"}
    assert cleaned.events[0].notes == ["coerced:price", "converted:price:USD:8"]
    assert cleaned.counts == {
        ("coerced", "browser"): 2,
        ("converted", "browser"): 2,
        ("coerced", "shop"): 1,
        ("converted", "shop"): 1,
    }


def test_what_names_a_person_is_masked_in_properties_and_addresses():
    page = {"url": "https://shop.example/a?email=jane@example.org", "path": "/by/jane@example.org"}
    given = replace(seen(0, userAgent=BROWSER, page=page), properties={"q": "jane@example.org"})
    (event,) = clean([given]).events
    assert "jane" not in str(event)
    assert event.notes == ["masked:q"]


def test_a_name_of_decomposed_letters_is_the_registered_one():
    asked = Policies(events={"M\u00e9tro": declaring(n={"type": "text"}).events["Product Viewed"]})
    given = replace(seen(0, userAgent=BROWSER), event="Me\u0301tro", properties={"n": 5})
    (event,) = clean([given], policies=asked).events
    assert (event.event, event.properties) == ("M\u00e9tro", {"n": "5"})


def test_a_bot_goes_on_marked():
    (event,) = clean([seen(0, userAgent="Googlebot/2.1")]).events
    assert event.bot == "not_a_browser"
    (event,) = clean([seen(0, userAgent=BROWSER, webdriver=True)]).events
    assert event.bot == "webdriver"
    (event,) = clean([seen(0, userAgent=BROWSER, headless=True)]).events
    assert event.bot == "headless"
    (event,) = clean([seen(0)]).events
    assert event.bot == "no_user_agent"


def test_who_follows_the_honeypot_is_a_bot_and_a_server_that_says_so_is_not_believed():
    followed = replace(seen(0, userAgent=BROWSER), event="Honeypot Followed")
    (event,) = clean([followed]).events
    assert event.bot == "honeypot"
    (event,) = clean([replace(followed, source="shop")]).events
    assert event.bot == ""


def test_a_crowded_network_is_a_sign_but_not_enough():
    given = seen(0, userAgent=BROWSER, ip="10.0.0.0")
    (event,) = clean([given], crowded={"10.0.0.0"}).events
    assert (event.bot, event.notes) == ("", ["suspect:network_rate"])


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


@settings(max_examples=400, deadline=None)
@given(event=events(), asked=policies())
def test_cleaning_twice_is_cleaning_once(event, asked):
    once = clean([event], policies=asked)
    again = clean(once.events, policies=asked)
    assert (again.events, again.rejects) == (once.events, [])


@settings(max_examples=100, deadline=None)
@given(event=events(), asked=policies())
def test_an_event_does_nothing_to_its_neighbours(event, asked):
    before, after = seen(1, userAgent=BROWSER), seen(2, userAgent=BROWSER)
    alone = clean([before, after], policies=asked).events
    among = clean([before, event, after], policies=asked).events
    assert [among[0], among[-1]] == alone


@settings(max_examples=100, deadline=None)
@given(event=events(), asked=policies())
def test_the_event_given_is_left_as_it_is(event, asked):
    before = repr(event)
    clean([event], policies=asked)
    assert repr(event) == before
