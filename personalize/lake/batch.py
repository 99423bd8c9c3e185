"""Rows as batches of the lake's columns."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa

from personalize.events.event import decode
from personalize.lake.row import Row
from personalize.lake.schema import SCHEMA
from personalize.rules.typed import typed_map, typed_names

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()


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
