"""Events as what waits in an outbox, and as events again: what the pipeline needs of the lake."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from personalize.events.event import Event, decode

_encode_all = msgspec.msgpack.Encoder().encode
_bodies_of = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


class Row(NamedTuple):
    """An event with its place: a subject's events took effect in the order of these."""

    shard: int
    sequence: int
    number: int
    body: bytes


def encode_rows(events: Sequence[Event]) -> bytes:
    """Return the events of one subject as the field `e` of an outbox's entry.

    A `merge` keeps of the profile that it hands over only whose it was: the events that made it
    are in the lake themselves.
    """
    return _encode_all([_kept(event) for event in events])


def decode_rows(field: bytes, *, shard: int, sequence: int) -> Iterator[Row]:
    """Yield the rows of an outbox's entry, in order."""
    for number, body in enumerate(_bodies_of(field)):
        yield Row(shard, sequence, number, bytes(body))


def event_of(body: bytes) -> Event:
    """Return the event of a row's column `body`, exactly as it took effect."""
    return decode(body)


def _kept(event: Event) -> Event:
    if event.type != "merge":
        return event
    return replace(event, properties={"from": f"a:{event.anonymous_id}"})
