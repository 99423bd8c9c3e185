"""The counts as they stand at this moment: those in the database, and those on their way there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from personalize.connections import worker_redis
from personalize.measure import tally
from personalize.models.tally import EPOCH, FLUSH, Tally
from personalize.profile.flush import aside_of

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class InLake:
    """How many events are rows of the lake, and how many wait in the outboxes."""

    rows: int = 0
    waiting: int = 0


ByDay = dict[tuple[date, str], Counter[str]]


def counts_by_day(metrics: Sequence[str], *, first: date, last: date) -> ByDay:
    """Return the metrics by the day (UTC) and the key, from the first day to the last.

    What a flush moves meanwhile is neither missed nor counted twice: the database notes in the same
    transaction as the counts how far it has come, and while that moves the reading is repeated.
    """
    for _ in range(ATTEMPTS):
        before = _flushed()
        on_their_way = _in_redis()
        rows, flushed = _in_database(metrics, first=first, last=last)
        if before == flushed:
            break
    found: ByDay = {}
    for name, gathered in on_their_way:
        if int(gathered.get(b"sequence", flushed.get(name, 0) + 1)) > flushed.get(name, 0):
            rows += _parsed(gathered)
    for hour, metric, key, count in rows:
        if metric in metrics and first <= hour.date() <= last:
            found.setdefault((hour.date(), key), Counter())[metric] += count
    return found


def start_of(day: date) -> datetime:
    """Return the beginning of a day (UTC)."""
    return datetime.combine(day, time(), UTC)


def _flushed() -> dict[str, int]:
    rows = Tally.objects.filter(hour=EPOCH, metric=FLUSH).exclude(key="")
    return dict(rows.values_list("key", "count"))


def _in_database(
    metrics: Sequence[str], *, first: date, last: date
) -> tuple[list[tuple[datetime, str, str, int]], dict[str, int]]:
    """Return the counts, and which flushes are among them: by one query, so both of one moment."""
    hours = Q(hour__gte=start_of(first), hour__lt=start_of(last + timedelta(days=1)))
    flushes = Q(hour=EPOCH, metric=FLUSH)
    rows = Tally.objects.filter(Q(metric__in=metrics) & hours | flushes).order_by()
    counts, flushed = [], {}
    for hour, metric, key, count in rows.values_list("hour", "metric", "key", "count"):
        if metric != FLUSH:
            counts.append((hour.astimezone(UTC), metric, key, count))
        elif key:
            flushed[key] = count
    return counts, flushed


def _in_redis() -> list[tuple[str, Mapping[bytes, bytes]]]:
    """Return what gathers, and what a flush has set aside, each under its key.

    What one key has is of one moment; the keys follow each other, as those of a cluster must. Those
    of shards come first, so that whatever became of an event is not seen before its acceptance.
    """
    found = []
    for key in tally.tally_keys():
        pipeline = worker_redis().pipeline(transaction=True)
        pipeline.hgetall(aside_of(key))
        pipeline.hgetall(key)
        found += [(key, gathered) for gathered in pipeline.execute()]
    return found


def _parsed(gathered: Mapping[bytes, bytes]) -> Iterator[tuple[datetime, str, str, int]]:
    for name, count in gathered.items():
        if name != b"sequence":
            hour, metric, key = tally.parsed(name.decode())
            yield hour, metric, key, int(count)
