"""Messages of the tracking API are read; what is wrong is refused by name, one event at a time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from segment.analytics.client import Client
from segment.analytics.request import DatetimeSerializer

from personalize.events.payload import Limits
from personalize.events.wire import InvalidMessage, decode_batch, decode_message

VIEWED: dict[str, Any] = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "m-1",
    "anonymousId": "visitor",
    "timestamp": "2026-11-23T13:05:32.123Z",
    "properties": {"product_id": "X"},
}


def encoded(**changes: Any) -> bytes:
    return json.dumps({**VIEWED, **changes}).encode()


def test_a_track_call_is_read() -> None:
    message = decode_message(encoded())

    assert (message.type, message.event) == ("track", "Product Viewed")
    assert (message.message_id, message.anonymous_id, message.user_id) == ("m-1", "visitor", "")
    assert message.timestamp == 1_795_439_132_123
    assert message.properties == {"product_id": "X"}


@pytest.mark.parametrize(
    ("call", "event", "properties"),
    [
        ({"type": "page", "name": "Home", "category": "Docs"}, "Page Viewed", ["category", "name"]),
        ({"type": "screen", "name": "Home"}, "Screen Viewed", ["name"]),
        ({"type": "identify", "traits": {"plan": "pro"}}, "Identified", []),
        ({"type": "alias", "previousId": "a", "userId": 7}, "Aliased", ["previous_id"]),
        ({"type": "group", "groupId": "g"}, "Group Joined", ["group_id"]),
    ],
)
def test_every_other_call_has_the_name_of_its_kind(
    call: dict[str, Any], event: str, properties: list[str]
) -> None:
    message = decode_message(json.dumps(call).encode())

    assert message.event == event
    assert sorted(message.properties) == properties


def test_the_endpoint_decides_the_type() -> None:
    assert decode_message(b'{"event": "Signed In"}', implied_type="track").type == "track"


def test_what_the_api_does_not_know_is_ignored() -> None:
    assert decode_message(encoded(integrations={"All": True}, _metadata=[1])) == decode_message(
        encoded()
    )


def test_a_null_is_as_good_as_nothing() -> None:
    nulls = dict.fromkeys(["userId", "traits", "context", "sentAt", "writeKey"])

    assert decode_message(encoded(**nulls)) == decode_message(encoded())


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"event": 3}, "batch[3].event: expected str, got int"),
        ({"event": ""}, "batch[3].event: expected the name of the event, got nothing"),
        ({"event": "x" * 129}, "batch[3].event: expected at most 128 characters, got 129"),
        ({"event": "x\x00"}, "batch[3].event: expected text without NUL characters"),
        (
            {"type": None},
            "batch[3].type: expected one of track, page, screen, identify, alias, group",
        ),
        ({"type": "merge"}, "batch[3].type: expected one of track"),
        ({"userId": True}, "batch[3].userId: expected int | str, got bool"),
        ({"anonymousId": "x" * 254}, "batch[3].anonymousId: expected at most 253"),
        ({"userId": "x" * 254}, "batch[3].userId: expected at most 253"),
        ({"timestamp": "now"}, "batch[3].timestamp: expected ISO 8601 or milliseconds, got 'now'"),
        ({"sentAt": -1}, "batch[3].sentAt: expected a time from 1970"),
        ({"properties": []}, "batch[3].properties: expected object, got array"),
        ({"properties": {"a": ["\x00"]}}, "batch[3].properties.a[0]: expected text without NUL"),
        ({"traits": {str(n): n for n in range(256)}}, "batch[3].traits: expected at most 255"),
        (
            {"context": {"a": [[[[[[[]]]]]]]}},
            "batch[3].context.a[0][0][0][0][0][0]: expected fewer",
        ),
    ],
)
def test_a_fault_names_its_field(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        decode_message(encoded(**changes), path="batch[3]")

    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (b'"properties":{"a":1e999}', "properties.a"),
        (b'"traits":{"a":1,"b":{"c":[0,-1e999]}}', "traits.b.c[1]"),
    ],
)
def test_a_number_out_of_range_is_named_by_its_property(payload: bytes, path: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        decode_message(b'{"type":"page",%s}' % payload, path="batch[3]")

    assert str(caught.value) == f"batch[3].{path}: Number out of range"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"3",
        b"{",
        b'{"type":"track","event":"E","properties":{"a":NaN}}',
        b'{"type":"track","event":"E","properties":{"a":1e999}}',
        b'{"type":"track","event":"E","properties":{"a":"\\ud800"}}',
        b'{"type":"track","event":"E","properties":{"a":"\xff"}}',
        b'{"type":"track","event":"E","properties":{"a":"\xed\xa0\x80"}}',
        b'{"type":"track","event":"E","properties":{"a":' + b"9" * 10_000 + b"}}",
    ],
)
def test_what_json_cannot_say_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidMessage, match=r"^batch\[0\]"):
        decode_message(raw, path="batch[0]")


@pytest.mark.parametrize("levels", [9, 64, 5_000, 100_000])
def test_deep_nesting_is_refused_without_a_recursion_error(levels: int) -> None:
    deep = b'{"type":"track","event":"E","properties":{"a":' + b"[" * levels + b"]" * levels + b"}}"

    with pytest.raises(InvalidMessage, match="fewer levels of nesting"):
        decode_message(deep)


def test_limits_are_the_callers_choice() -> None:
    with pytest.raises(InvalidMessage, match="at most 1 properties, got 2"):
        decode_message(encoded(properties={"a": 1, "b": 2}), limits=Limits(properties=1))


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_refused_by_name(body: bytes) -> None:
    for decode in (decode_message, decode_batch):
        with pytest.raises(InvalidMessage):
            decode(body)


def test_a_batch_is_opened_without_its_events() -> None:
    batch = decode_batch(
        b'{"batch": [{"a":1}, 2], "sentAt": 5, "writeKey": "k", "context": {"ip": "::1"}, "x": 1}'
    )

    assert batch.events == [b'{"a":1}', b"2"]
    assert (batch.sent_at, batch.write_key, batch.context) == (5, "k", {"ip": "::1"})


@pytest.mark.parametrize(
    "broken", [b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":[1,]}', b"[" * 100_000 + b"]" * 100_000]
)
def test_a_broken_event_spoils_no_neighbour(broken: bytes) -> None:
    batch = decode_batch(
        b'{"batch":[' + encoded() + b"," + broken + b"," + encoded() + b'],"sentAt":5}'
    )

    assert decode_message(batch.events[0]) == decode_message(batch.events[2])
    assert batch.sent_at == 5
    with pytest.raises(InvalidMessage):
        decode_message(batch.events[1])


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"[]", "expected object, got array"),
        (b"{}", "object missing required field batch"),
        (b'{"batch": {}}', "batch: expected array, got object"),
        (b'{"batch": [], "sentAt": "now"}', "sentAt: expected ISO 8601"),
        (b'{"batch": [], "writeKey": 3}', "writeKey: expected str, got int"),
        (b'{"batch": [], "context": {"a": "\\u0000"}}', "context.a: expected text without NUL"),
        (b'{"batch": [NaN], "sentAt": nope}', "JSON is malformed"),
        (b'{"context": {"batch": [NaN]}, "batch": [1]}', "JSON is malformed"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(body: bytes, complaint: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        decode_batch(body)

    assert str(caught.value).lower().startswith(complaint.lower())


CALLS: dict[str, Callable[[Client], tuple[bool, dict[str, Any]]]] = {
    "track": lambda client: client.track("u-1", "Order Completed", {"total": 9.5}),
    "page": lambda client: client.page(7, "Docs", "Home", {"path": "/"}),
    "screen": lambda client: client.screen(anonymous_id="visitor", name="Home"),
    "identify": lambda client: client.identify("u-1", {"since": datetime(2026, 1, 1, tzinfo=UTC)}),
    "alias": lambda client: client.alias("visitor", "u-1"),
    "group": lambda client: client.group("u-1", "g-1", {"name": "Team"}),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_segments_python_client_sends_is_read(call: str) -> None:
    client = Client("key", send=False)
    _, sent = CALLS[call](client)
    body = json.dumps({"batch": [sent], "sentAt": "2026-11-23T13:05:32", "writeKey": "key"},
                      cls=DatetimeSerializer).encode()  # fmt: skip

    batch = decode_batch(body)
    message = decode_message(batch.events[0], path="batch[0]")

    assert message.type == call
    assert message.message_id == sent["messageId"]
    assert message.user_id == (sent["userId"] or "")


# As @segment/analytics-node 3.1.0 builds them: dates by JSON.stringify, undefined left out.
NODE = b"""{"batch":[
{"timestamp":"2026-11-23T13:05:32.123Z","integrations":{},"userId":"u-1","type":"identify",
 "traits":{"plan":"pro"},"context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},
 "messageId":"node-next-1700000000000-0","_metadata":{"jsRuntime":"node"}},
{"timestamp":"2026-11-23T13:05:32.123Z","integrations":{},"event":"Signed In","type":"track",
 "properties":{},"anonymousId":"visitor","context":{"library":{"name":"@segment/analytics-node"}},
 "messageId":"node-next-1700000000000-1","_metadata":{"jsRuntime":"node"}},
{"timestamp":"2026-11-23T13:05:32.123Z","integrations":{},"type":"page","category":"Docs",
 "name":"Home","properties":{"category":"Docs"},"userId":"u-1","context":{},
 "messageId":"node-next-1700000000000-2","_metadata":{"jsRuntime":"node"}}
],"writeKey":"key","sentAt":"2026-11-23T13:05:33.000Z"}"""


def test_what_segments_node_client_sends_is_read() -> None:
    batch = decode_batch(NODE)
    messages = [decode_message(raw) for raw in batch.events]

    assert [message.event for message in messages] == ["Identified", "Signed In", "Page Viewed"]
    assert [message.user_id for message in messages] == ["u-1", "", "u-1"]
    assert messages[2].properties == {"category": "Docs", "name": "Home"}
    assert batch.sent_at == 1_795_439_133_000
