"""The event in an image's address."""

import struct

import pytest
from django.test import RequestFactory

from personalize.collect.identity import random_identity
from personalize.collect.pixel import GIF, read_pixel
from personalize.collect.rate import buckets
from personalize.collect.refusal import Refused
from personalize.events.wire import InvalidMessage

NOW = 1_800_000_000_000


@pytest.fixture(autouse=True)
def _no_sender_known() -> None:
    buckets.clear()


@pytest.fixture
def visitor(rf: RequestFactory) -> RequestFactory:
    """A browser that agreed to analytics and was here before."""
    rf.cookies["px_consent"] = "1.analytics"
    rf.cookies["px"] = random_identity().cookie
    return rf


def read(visitor, query, **headers):
    return read_pixel(visitor.get("/pixel.gif", query, headers=headers), now=NOW)


def test_the_query_names_the_event_and_its_properties(visitor):
    query = {"event": "Newsletter Opened", "p.issue": "7", "p.a.b": "c", "messageId": "m", "x": "y"}
    (event,) = read(visitor, query)
    assert (event.type, event.event, event.message_id) == ("track", "Newsletter Opened", "m")
    assert event.properties == {"issue": "7", "a.b": "c"}
    assert event.timestamp == event.received_at == NOW


def test_without_an_event_the_page_around_the_image_was_viewed(visitor):
    (event,) = read(visitor, {}, referer="http://testserver/news/")
    assert (event.type, event.event) == ("page", "Page Viewed")
    assert event.context["page"] == {"url": "http://testserver/news/"}


def test_an_image_asked_for_twice_is_two_events_unless_it_has_an_id(visitor):
    first, second = read(visitor, {"event": "A"}) + read(visitor, {"event": "A"})
    assert first.message_id != second.message_id
    assert read(visitor, {"messageId": "1"})[0].message_id == "1"


def test_the_visitor_is_who_the_cookie_says(visitor):
    query = {"event": "A", "anonymousId": "victim", "userId": "victim", "p.userId": "victim"}
    (event,) = read(visitor, query)
    assert event.anonymous_id == read(visitor, {})[0].anonymous_id != "victim"
    assert event.user_id == ""


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "nonsense"}, "type"),
        ({"type": "track"}, "event"),
        ({"event": "x" * 200}, "event"),
        ({"event": "\x00"}, "event"),
        ({f"p.{number}": "x" for number in range(300)}, "properties"),
        ({"event": "A", "p.text": "\x00"}, "properties.text"),
    ],
)
def test_a_wrong_query_is_refused_with_the_field(visitor, query, field):
    with pytest.raises(InvalidMessage) as refused:
        read(visitor, query)
    assert refused.value.path == field


def test_without_consent_there_is_no_event(rf):
    assert read(rf, {"event": "A"}) == []


def test_an_image_in_another_sites_page_tells_nothing(visitor):
    with pytest.raises(Refused) as refused:
        read(visitor, {"event": "A"}, **{"sec-fetch-site": "cross-site"})
    assert refused.value.status == 403


def test_images_count_against_the_visitors_rate(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 1}
    read(visitor, {"event": "A"})
    with pytest.raises(Refused) as refused:
        read(visitor, {"event": "A"})
    assert refused.value.status == 429


def test_the_image_is_one_point():
    assert GIF[:6] == b"GIF89a"
    assert struct.unpack("<HH", GIF[6:10]) == (1, 1)
    assert GIF[-1:] == b";"
