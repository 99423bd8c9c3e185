"""Events as what waits in an outbox, as rows of the lake, and as events again."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from msgspec.structs import replace

from personalize.events.event import Event, decode
from personalize.lake.schema import SCHEMA
from personalize.rules.typed import typed_map, typed_names

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()

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


def batch_of(rows: Sequence[Row]) -> pa.RecordBatch:
    """Return the rows as a batch of the lake's schema."""
    columns = zip(*map(_columns, rows), strict=True) if rows else ([] for _ in SCHEMA)
    arrays = [
        pa.array(list(column), each.type) for column, each in zip(columns, SCHEMA, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def day_of(timestamp: int) -> str:
    """Return the UTC day of a time in milliseconds; days that no calendar names are the nearest.

    >>> day_of(0), day_of(1_700_000_000_000)
    ('1970-01-01', '2023-11-14')
    """
    return _day(timestamp // DAY_MS)


@lru_cache(maxsize=1_024)
def _day(number: int) -> str:
    ordinal = min(max(EPOCH + number, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal).isoformat()


def _kept(event: Event) -> Event:
    if event.type != "merge":
        return event
    return replace(event, properties={"from": f"a:{event.anonymous_id}"})


def _columns(row: Row) -> tuple[Any, ...]:
    event = decode(row.body)
    return (
        day_of(event.timestamp),
        event.subject,
        event.type,
        event.event,
        event.message_id,
        event.timestamp,
        event.received_at,
        event.original_timestamp,
        event.anonymous_id,
        event.user_id,
        event.source,
        event.bot,
        list(typed_names(event.properties).items()),
        list(typed_map(event.traits).items()),  # a null takes a trait away
        list(typed_names(event.context).items()),
        event.notes,
        row.body,
        row.shard,
        row.sequence,
        row.number,
    )
