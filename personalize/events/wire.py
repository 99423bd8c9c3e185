"""What clients send: the messages of the Segment HTTP tracking API, strict about types alone.

Reference: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

import json
from collections.abc import Iterable
from math import inf
from typing import Any, TypeVar

import msgspec

from personalize.events.event import CALL_NAMES, MAX_ID
from personalize.events.payload import Limits, RefusedPayload, check_payload
from personalize.events.split import split_batch
from personalize.events.timestamps import milliseconds

TYPES = ("track", "page", "screen", "identify", "alias", "group")
MAX_EVENT_NAME = 128

DEFAULT_LIMITS = Limits()

T = TypeVar("T")


class InvalidMessage(ValueError):
    """A message is not what the API takes: "batch[3].event: expected str, got int"."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `v1/batch`; `events` are still encoded, so that a bad one spoils no other."""

    events: list[bytes]
    sent_at: int | None = None
    write_key: str = ""
    context: dict[str, Any] = {}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One call, checked. `event` is always set; what a client left out is empty, a time None.

    `properties` also holds the `name` and `category` of a page or screen, the `group_id` of a group
    and the `previous_id` of an alias.
    """

    type: str
    event: str
    message_id: str = ""
    anonymous_id: str = ""
    user_id: str = ""
    timestamp: int | None = None
    original_timestamp: int | None = None
    sent_at: int | None = None
    write_key: str = ""
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}


def decode_batch(body: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Batch:
    """Return the batch with its events still encoded.

    Raises:
        InvalidMessage: the body as a whole is no batch. What is wrong with one event comes later.
    """
    try:
        envelope = _decode(body, _envelope_decoder)
        events = [bytes(raw) for raw in envelope.batch]
    except InvalidMessage:
        # One event that is broken inside must not take its neighbours with it.
        outside, events = split_batch(body)
        if not events:
            raise
        envelope = _decode(outside, _envelope_decoder)
        if envelope.batch:  # what was cut was not the outermost batch
            raise
    context = envelope.context or {}
    _check(Message(type="track", event="", context=context), limits)
    return Batch(
        events=events,
        sent_at=_time(envelope.sent_at, "sentAt"),
        write_key=_id(envelope.write_key, "writeKey"),
        context=context,
    )


def decode_message(
    raw: bytes, *, path: str = "", implied_type: str = "", limits: Limits = DEFAULT_LIMITS
) -> Message:
    """Return one event of a batch, or the body of `v1/track` and its like (`implied_type`).

    Raises:
        InvalidMessage: names the field, below `path`, and what was expected.
    """
    try:
        call = _decode(raw, _call_decoder)
        message = _message(call, implied_type or call.type or "")
        _check(message, limits)
    except InvalidMessage as error:
        raise InvalidMessage(_joined(path, error.path), error.message) from error
    return message


class _Envelope(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: str | int | float | None = None
    write_key: str | None = None
    context: dict[str, Any] | None = None


class _Call(msgspec.Struct, rename="camel"):
    type: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    message_id: str | int | None = None
    anonymous_id: str | int | None = None
    user_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    write_key: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_call_decoder = msgspec.json.Decoder(_Call)


def _decode(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(raw)
    except RecursionError:
        raise InvalidMessage("", "expected fewer levels of nesting") from None
    except UnicodeDecodeError:
        raise InvalidMessage("", "expected UTF-8") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise _complaint(str(error), raw) from error


def _complaint(text: str, raw: bytes) -> InvalidMessage:
    """Say what msgspec says, but with the field first."""
    message, _, path = text.partition(" - at `$")
    if "[...]" in path:  # its word for any key; inside of a free object, only numbers are at fault
        path = _path_of_number(raw) or path
    plain = message.replace(" | null", "").replace("`", "").replace("Expected", "expected")
    return InvalidMessage(path.rstrip("`").lstrip("."), plain)


def _path_of_number(raw: bytes) -> str:
    """Return the path of the first number that no float holds, or an empty string."""
    try:
        return _path_to_infinity(json.loads(raw))
    except (ValueError, RecursionError):
        return ""


def _path_to_infinity(value: Any) -> str:
    inside: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        inside = ((f".{key}", item) for key, item in value.items())
    elif isinstance(value, list):
        inside = ((f"[{index}]", item) for index, item in enumerate(value))
    for place, item in inside:
        if item in (inf, -inf):
            return place
        if path := _path_to_infinity(item):
            return place + path
    return ""


def _message(call: _Call, type_: str) -> Message:
    if type_ not in TYPES:
        got = repr(type_[:MAX_ID]) if type_ else "nothing"
        raise InvalidMessage("type", f"expected one of {', '.join(TYPES)}, got {got}")
    return Message(
        type=type_,
        event=_event_name(call.event) if type_ == "track" else CALL_NAMES[type_],
        message_id=_id(call.message_id, "messageId"),
        anonymous_id=_id(call.anonymous_id, "anonymousId"),
        user_id=_id(call.user_id, "userId"),
        timestamp=_time(call.timestamp, "timestamp"),
        original_timestamp=_time(call.original_timestamp, "originalTimestamp"),
        sent_at=_time(call.sent_at, "sentAt"),
        write_key=_id(call.write_key, "writeKey"),
        properties=_properties(call, type_),
        traits=call.traits or {},
        context=call.context or {},
    )


def _properties(call: _Call, type_: str) -> dict[str, Any]:
    """Return the properties, with what some calls say beside them."""
    properties = call.properties or {}
    if type_ in ("page", "screen"):
        beside = {"name": call.name, "category": call.category}
    elif type_ == "group":
        beside = {"group_id": _id(call.group_id, "groupId")}
    elif type_ == "alias":
        beside = {"previous_id": _id(call.previous_id, "previousId")}
    else:
        return properties
    return properties | {key: value for key, value in beside.items() if value}


def _event_name(name: str | None) -> str:
    if not name or not name.strip():
        raise InvalidMessage("event", "expected the name of the event, got nothing")
    return _short(name, "event", MAX_EVENT_NAME)


def _id(value: str | int | None, path: str) -> str:
    return "" if value is None else _short(str(value), path, MAX_ID)


def _short(text: str, path: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidMessage(path, f"expected at most {limit} characters, got {len(text)}")
    if "\x00" in text:
        raise InvalidMessage(path, "expected text without NUL characters")
    return text


def _time(value: str | int | float | None, path: str) -> int | None:
    if value is None:
        return None
    try:
        return milliseconds(value)
    except ValueError as error:
        raise InvalidMessage(path, str(error)) from error


def _check(message: Message, limits: Limits) -> None:
    name = ""
    try:
        for name in ("properties", "traits", "context"):
            if payload := getattr(message, name):
                check_payload(payload, limits=limits)
    except RefusedPayload as error:
        inside = error.within(name)
        raise InvalidMessage(inside.path, inside.message) from None


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path and field else path or field
