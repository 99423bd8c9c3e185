"""What a request brings: which events are taken, when they happened, and what is refused."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import RequestFactory

from personalize.collect.batch import Collected, Rejection, read_batch
from personalize.collect.identity import random_identity
from personalize.collect.rate import buckets
from personalize.collect.refusal import Refused
from personalize.collect.sources import forget_sources
from personalize.models.source import Source

NOW = 1_800_000_000_000
MINUTE = 60_000


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    buckets.clear()
    forget_sources()


@pytest.fixture
def visitor(rf: RequestFactory) -> RequestFactory:
    """A browser that agreed to analytics."""
    rf.cookies["px_consent"] = "1.analytics"
    return rf


def track(name: str = "Product Viewed", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": name, **more}


def read(sender: RequestFactory, body: Any, *, call: str = "", **headers: Any) -> Collected:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = sender.generic("POST", "/", content, content_type="application/json", **headers)
    return read_batch(request, now=NOW, call=call)


def test_events_are_taken_in_order_and_belong_to_the_visitor(visitor):
    identity = random_identity()
    visitor.cookies["px"] = identity.cookie
    collected = read(visitor, {"batch": [track("A"), track("B")]})
    assert [(event.event, event.subject) for event in collected.accepted] == [
        ("A", identity.subject),
        ("B", identity.subject),
    ]
    assert {event.received_at for event in collected.accepted} == {NOW}
    assert collected.rejected == []


def test_all_events_of_a_first_request_get_the_same_new_visitor(visitor):
    first, second = read(visitor, {"batch": [track(), track()]}).accepted
    assert first.anonymous_id == second.anonymous_id != ""


def test_a_message_without_an_id_gets_one_of_its_own(visitor):
    first, second, third = read(
        visitor, {"batch": [track(), track(), track(messageId="mine")]}
    ).accepted
    assert first.message_id != second.message_id
    assert third.message_id == "mine"


@pytest.mark.parametrize(
    ("times", "sent_at", "happened", "original"),
    [
        ({}, None, NOW, None),
        ({"timestamp": NOW - MINUTE}, None, NOW - MINUTE, None),
        ({"timestamp": NOW - MINUTE}, NOW, NOW - MINUTE, None),
        ({"timestamp": NOW - MINUTE}, NOW - 999, NOW - MINUTE, None),
        ({"timestamp": NOW - 6 * MINUTE}, NOW - 5 * MINUTE, NOW - MINUTE, NOW - 6 * MINUTE),
        ({"timestamp": NOW + 4 * MINUTE}, NOW + 5 * MINUTE, NOW - MINUTE, NOW + 4 * MINUTE),
        ({"originalTimestamp": NOW - MINUTE}, None, NOW - MINUTE, None),
        ({"timestamp": NOW - MINUTE, "originalTimestamp": 7}, None, NOW - MINUTE, None),
    ],
    ids=["no time", "its own", "clocks agree", "too near to tell", "slow", "fast", "old", "both"],
)
def test_a_clock_that_is_wrong_is_set_right_by_when_the_batch_was_sent(
    visitor, times, sent_at, happened, original
):
    (event,) = read(visitor, {"batch": [track(**times)], "sentAt": sent_at}).accepted
    assert (event.timestamp, event.original_timestamp) == (happened, original)


def test_a_single_call_brings_its_own_sending_time(visitor):
    call = {"event": "A", "timestamp": NOW - 6 * MINUTE, "sentAt": NOW - 5 * MINUTE}
    (event,) = read(visitor, call, call="track").accepted
    assert event.timestamp == NOW - MINUTE


def test_the_context_of_the_batch_holds_where_an_event_says_nothing_else(visitor):
    events = [track(), track(context={"locale": "fr"})]
    body = {"batch": events, "context": {"locale": "de", "timezone": "Europe/Berlin"}}
    accepted = read(visitor, body).accepted
    assert [event.context["locale"] for event in accepted] == ["de", "fr"]
    assert [event.context["timezone"] for event in accepted] == ["Europe/Berlin"] * 2


def test_one_bad_event_spoils_no_other(visitor):
    collected = read(visitor, {"batch": [track("A"), {"type": "track"}, track("B")]})
    assert [event.event for event in collected.accepted] == ["A", "B"]
    (rejection,) = collected.rejected
    assert (rejection.index, rejection.field) == (1, "batch[1].event")
    assert "expected the name of the event" in rejection.reason


def test_a_batch_of_bad_events_alone_is_refused_for_the_first(visitor):
    with pytest.raises(Refused) as refused:
        read(visitor, {"batch": [{"type": "nonsense"}, {"type": "track"}]})
    assert (refused.value.status, refused.value.field) == (400, "batch[0].type")


def test_the_field_of_a_single_call_is_named_without_a_place(visitor):
    with pytest.raises(Refused) as refused:
        read(visitor, {"properties": {}}, call="track")
    assert (refused.value.status, refused.value.field) == (400, "event")


def test_an_empty_batch_is_taken(visitor):
    assert read(visitor, {"batch": []}) == Collected([], [])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"batch": 7}', b"not JSON", b'{"events": []}'])
def test_what_is_no_batch_is_refused(visitor, body):
    with pytest.raises(Refused) as refused:
        read(visitor, body)
    assert refused.value.status == 400


def test_a_batch_of_too_many_events_is_refused_as_a_whole(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "MAX_BATCH_EVENTS": 2}
    assert len(read(visitor, {"batch": [track()] * 2}).accepted) == 2
    with pytest.raises(Refused) as refused:
        read(visitor, {"batch": [track()] * 3})
    assert (refused.value.status, refused.value.field) == (413, "batch")


def test_an_event_of_too_many_bytes_is_left_out(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "MAX_EVENT_BYTES": 100}
    collected = read(visitor, {"batch": [track(properties={"text": "x" * 100}), track("B")]})
    assert [event.event for event in collected.accepted] == ["B"]
    assert collected.rejected == [Rejection(0, "batch[0]", "expected at most 100 bytes")]


def test_the_context_of_the_batch_counts_as_part_of_each_event(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "MAX_EVENT_BYTES": 200}
    context = {"app": {"name": "x" * 100}}
    body = {"batch": [track(), track(properties={"text": "x" * 80})], "context": context}
    collected = read(visitor, body)
    assert len(collected.accepted) == 1
    expected = "expected at most 200 bytes, the context of the batch included"
    assert collected.rejected == [Rejection(1, "batch[1]", expected)]
    with pytest.raises(Refused):
        read(visitor, {"batch": [track()] * 10, "context": {"a": "x" * 300}})


@pytest.mark.parametrize("limit", ["MAX_DEPTH", "MAX_PROPERTIES"])
def test_the_context_of_the_batch_is_held_to_the_sites_limits(visitor, settings, limit):
    settings.PERSONALIZE = {**settings.PERSONALIZE, limit: 2}
    with pytest.raises(Refused) as refused:
        read(visitor, {"batch": [track()], "context": {"a": {"b": {"c": 1}}}})
    assert refused.value.field.startswith("context")


def test_an_event_of_too_many_levels_is_left_out(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "MAX_DEPTH": 3}
    deep = track(properties={"a": {"b": {"c": 1}}})
    collected = read(visitor, {"batch": [deep, track(properties={"a": {"b": 1}})]})
    assert [rejection.index for rejection in collected.rejected] == [0]


def test_without_consent_nothing_is_taken_and_nothing_is_wrong(rf):
    assert read(rf, {"batch": [track()]}) == Collected([], [])


def test_a_link_comes_before_the_event_that_proves_it_and_the_proof_is_not_kept(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "IDENTIFY_SECRET": "secret"}
    proof = hmac.new(b"secret", b"7", hashlib.sha256).hexdigest()
    call = {"userId": "7", "traits": {"userHash": proof, "plan": "pro"}}
    link, event = read(visitor, call, call="identify").accepted
    assert (link.type, link.subject) == ("link", f"a:{event.anonymous_id}")
    assert (event.type, event.subject, event.traits) == ("identify", "u:7", {"plan": "pro"})
    call = track(userId="7", context={"userHash": proof})
    *_, later = read(visitor, call, call="track").accepted
    assert "userHash" not in later.context


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["batch", "event"])
def test_a_write_key_makes_a_trusted_source_wherever_it_stands(rf, place):
    source = Source(name="shop-server")
    key = source.renew_key()
    source.save()
    event = track(userId="7", **({"writeKey": key} if place == "event" else {}))
    body = {"batch": [event], **({"writeKey": key} if place == "batch" else {})}
    (taken,) = read(rf, body).accepted
    assert (taken.source, taken.user_id) == ("shop-server", "7")


@pytest.mark.django_db
def test_what_only_the_sender_can_judge_is_rejected_at_its_place_too(rf):
    source = Source(name="shop-server")
    key = source.renew_key()
    source.save()
    collected = read(rf, {"batch": [track(userId="7"), track()], "writeKey": key})
    assert len(collected.accepted) == 1
    assert [rejection.field for rejection in collected.rejected] == ["batch[1].userId"]


def test_a_browser_that_sends_too_much_is_told_to_wait(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 2}
    visitor.cookies["px"] = random_identity().cookie
    read(visitor, {"batch": [track()] * 2})
    with pytest.raises(Refused) as refused:
        read(visitor, {"batch": [track()]})
    assert refused.value.status == 429
    assert refused.value.wait_seconds > 0
