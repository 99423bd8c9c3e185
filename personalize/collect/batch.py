"""What a request brings: read within limits, checked event by event, tied to who sent it."""

import dataclasses
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from django.http import HttpRequest

from personalize.collect.body import read_body
from personalize.collect.refusal import Refused
from personalize.collect.senders import HASH, Sender, random_message_id, sender_of
from personalize.conf import settings
from personalize.events.event import Event, EventType
from personalize.events.payload import Limits
from personalize.events.wire import Batch, InvalidMessage, Message, decode_batch, decode_message

# A shorter difference between the clocks cannot be told from the time the request took.
LEAST_SKEW_MS = 1_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that is not taken: its place in the batch, the field at fault, why, its bytes."""

    index: int
    field: str
    reason: str
    raw: bytes = dataclasses.field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Collected:
    """The events to store, and those refused."""

    accepted: list[Event]
    rejected: list[Rejection]


def read_batch(request: HttpRequest, *, now: int, call: str = "") -> Collected:
    """Read a batch, or the body of one `call` such as "track"; `now` is in milliseconds.

    Raises:
        Refused: nothing of the request may be stored; it carries the HTTP status and the field.
    """
    body = read_body(request)
    try:
        batch = Batch(events=[body]) if call else decode_batch(body, limits=_limits())
    except InvalidMessage as error:
        raise Refused(400, error.message, field=error.path or "body") from error
    limit = settings().MAX_BATCH_EVENTS
    if len(batch.events) > limit:
        raise Refused(413, f"A batch may have {limit} events.", field="batch")
    messages, rejected = _decode(batch, call)
    key = batch.write_key or (messages[0][1].write_key if messages else "")
    sender = sender_of(request, write_key=key)
    sender.limit(len(batch.events))
    accepted: list[Event] = []
    for index, message in messages:
        try:
            accepted += events_of(message, sender=sender, batch=batch, now=now)
        except InvalidMessage as error:
            place, raw = _place(index, error.path, call), batch.events[index]
            rejected.append(Rejection(index, place, error.message, raw))
    if rejected and len(rejected) == len(batch.events):
        first = rejected[0]
        raise Refused(400, first.reason, field=first.field or "body", raw=first.raw)
    return Collected(accepted, rejected)


def _limits() -> Limits:
    return Limits(depth=settings().MAX_DEPTH, properties=settings().MAX_PROPERTIES)


def _decode(batch: Batch, call: str) -> tuple[list[tuple[int, Message]], list[Rejection]]:
    """Return the readable events with their places, and what is wrong with the others."""
    limits, room = _limits(), settings().MAX_EVENT_BYTES
    too_large = f"expected at most {room} bytes"
    if batch.context:  # each event gets a copy
        room -= len(msgspec.json.encode(batch.context))
        too_large += ", the context of the batch included"
    messages: list[tuple[int, Message]] = []
    rejected: list[Rejection] = []
    for index, raw in enumerate(batch.events):
        if len(raw) > room:
            rejected.append(Rejection(index, _place(index, "", call), too_large, raw))
            continue
        try:
            message = decode_message(raw, implied_type=call, limits=limits)
            messages.append((index, message))
        except InvalidMessage as error:
            place = _place(index, error.path, call)
            rejected.append(Rejection(index, place, error.message, raw))
    return messages, rejected


def _place(index: int, field: str, call: str) -> str:
    """Return the path of a field as the sender wrote it: a single `call` stands for itself."""
    if call:
        return field
    return f"batch[{index}].{field}" if field else f"batch[{index}]"


def events_of(message: Message, *, sender: Sender, batch: Batch, now: int) -> list[Event]:
    """Return the event, and the links that it proves; nothing without consent."""
    context: dict[str, Any] = {**batch.context, **message.context}
    if not sender.agrees(context):
        return []
    claim = sender.claim(message, now=now)
    context.pop(HASH, None)
    traits = message.traits
    if HASH in traits:
        traits = {key: value for key, value in traits.items() if key != HASH}
    sent_at = message.sent_at if batch.sent_at is None else batch.sent_at
    given, happened = _times(message, sent_at=sent_at, now=now)
    event = Event(
        type=cast(EventType, message.type),
        event=message.event,
        message_id=message.message_id or random_message_id(),
        timestamp=happened,
        received_at=now,
        anonymous_id=claim.anonymous_id,
        user_id=claim.user_id,
        original_timestamp=None if given == happened else given,
        source=sender.source,
        properties=message.properties,
        traits=traits,
        context=sender.context(context),
    )
    return [*claim.links, event]


def _times(message: Message, *, sent_at: int | None, now: int) -> tuple[int, int]:
    """Return the time as the sender's clock gave it, and as ours would have."""
    given = message.timestamp if message.timestamp is not None else message.original_timestamp
    if given is None:
        return now, now
    skew = 0 if sent_at is None else now - sent_at
    return given, given + skew if abs(skew) >= LEAST_SKEW_MS else given
