"""How many events of clients the lake has, by day and source, and what has left it again."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deltalake import DeltaTable
from django.db import transaction

from personalize.events.event import SYSTEM, decode
from personalize.keys import HOUR_MS, SHARDS
from personalize.lake import outbox
from personalize.lake.leases import reading
from personalize.lake.maintain import REMOVED_ROWS
from personalize.lake.read import arrow_batches, connect, events_table
from personalize.lake.table import committed, lake_table
from personalize.measure.counts import InLake, start_of
from personalize.measure.tally import REMOVED
from personalize.models.tally import EPOCH, FLUSH, Tally

DAY_MS = 24 * HOUR_MS


def lake_rows(*, first: date, last: date) -> dict[tuple[date, str], InLake]:
    """Return the events of clients in the lake by the day they were received and source.

    The outboxes are read before the table: what is moved meanwhile is seen in both, and known by
    the sequences that the table says it has.
    """
    note_removed()
    with reading():
        return _lake_rows(first=first, last=last)


def _lake_rows(*, first: date, last: date) -> dict[tuple[date, str], InLake]:
    entries = list(_entries())
    table = lake_table()
    reached = {shard: committed(table, shard) for shard in range(SHARDS)}
    waiting: Counter[tuple[date, str]] = Counter()
    for shard, sequence, name in entries:
        if sequence > reached[shard] and first <= name[0] <= last:
            waiting[name] += 1
    rows = _rows(table, first=first, last=last)
    return {name: InLake(rows[name], waiting[name]) for name in rows.keys() | waiting.keys()}


def note_removed() -> None:
    """Count the rows that have left the lake: each deletion says in its commit which they were.

    How far the log was read is noted along with the counts, so each deletion counts once.
    """
    table = lake_table()
    with transaction.atomic():
        row, _ = Tally.objects.select_for_update().get_or_create(
            hour=EPOCH, metric=FLUSH, key="lake"
        )
        if row.count >= table.version():
            return
        removed: Counter[tuple[datetime, str, str]] = Counter()
        for commit in table.history(limit=table.version() - row.count):
            if REMOVED_ROWS in commit:
                for hour, source, number in json.loads(commit[REMOVED_ROWS]):
                    moment = datetime.fromtimestamp(hour * HOUR_MS // 1_000, UTC)
                    removed[moment, REMOVED, source] += number
        Tally.objects.add(removed)
        row.count = table.version()
        row.save(update_fields=["count"])


def _entries() -> Any:
    """Yield the clients' events in the outboxes: shard, sequence, and day and source."""
    for shard in range(SHARDS):
        for sequence, rows in outbox.waiting(shard, after=0):
            for row in rows:
                event = decode(row.body)
                if event.type not in SYSTEM:
                    yield shard, sequence, (_day(event.received_at), event.source)


def _rows(table: DeltaTable, *, first: date, last: date) -> Counter[tuple[date, str]]:
    backend = connect()
    events = events_table(backend, table=table)
    begin, end = _ms(first), _ms(last + timedelta(days=1))
    is_meant = (events.received_at >= begin) & (events.received_at < end)
    rows = events.filter(is_meant & events.type.notin(list(SYSTEM)))
    counted = rows.group_by(day=rows.received_at // DAY_MS, source=rows.source).count()
    found: Counter[tuple[date, str]] = Counter()
    for batch in arrow_batches(backend, counted):
        for day, source, number in zip(*(column.to_pylist() for column in batch), strict=True):
            found[_day(day * DAY_MS), source] += number
    return found


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).date()


def _ms(day: date) -> int:
    return int(start_of(day).timestamp() * 1_000)
