"""The conservation laws: every event that was accepted is somewhere, and is there once.

By the day (UTC) on which the events were received, and by their source:

    accepted = stored + duplicates + bots + quarantined + blocked + erased + forwarded + in flight
    stored + bots = rows in the lake + waiting in the outboxes + removed + without a lake
    quarantined = in quarantine + replayed + discarded

What is in flight is what is left over; it must not be less than nothing, and altogether not more
than waits in the stream. The parts are read one after the other while events keep coming: counts
are read before and after the rest, and what lies between both is no fault.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDay

from personalize.conf import settings
from personalize.keys import ACCEPTED
from personalize.measure.counts import ByDay, InLake, counts_by_day, start_of
from personalize.measure.tally import (
    BOTS,
    KEPT,
    OF_QUARANTINE,
    OUTCOMES,
    QUARANTINED,
    REMOVED,
    STORED,
)
from personalize.models.quarantine import QuarantinedEvent
from personalize.stream.protocol import current_stream

METRICS = (ACCEPTED, *OUTCOMES, KEPT, REMOVED, *OF_QUARANTINE)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of the events of one source received on one day."""

    day: date
    source: str
    counts: Mapping[str, int]
    held: int = 0  # in quarantine
    lake: InLake | None = None  # None: this site keeps no lake

    @property
    def in_flight(self) -> int:
        """How many were accepted and have come to nothing yet."""
        return self.counts[ACCEPTED] - sum(self.counts[name] for name in OUTCOMES)

    @property
    def without_lake(self) -> int:
        """How many took effect while the site kept no lake."""
        return self.counts[STORED] + self.counts[BOTS] - self.counts[KEPT]

    def as_json(self) -> dict[str, Any]:
        """Return the line as plain values."""
        counted = {name: self.counts[name] for name in METRICS}
        line = {"day": self.day.isoformat(), "source": self.source, **counted}
        line |= {"in_flight": self.in_flight, "in_quarantine": self.held}
        if self.lake:
            line |= {"lake_rows": self.lake.rows, "lake_waiting": self.lake.waiting}
            line["without_lake"] = self.without_lake
        return line


@dataclass(frozen=True, slots=True)
class Law:
    """The lines, how much waits in the stream, and in words what does not add up."""

    lines: list[Line]
    lag: int
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything adds up."""
        return not self.faults


def conservation(*, first: date, last: date, source: str = "", has_lake: bool = True) -> Law:
    """Return what became of the events received from the first day to the last.

    Right at any moment, also while events come in and counts are being moved. Without the lake it
    takes milliseconds: no rows are counted.
    """
    before = counts_by_day(METRICS, first=first, last=last)
    stream = current_stream()
    lag = sum(stream.lag(partition).entries for partition in range(stream.partitions))
    lake = _lake(first=first, last=last) if has_lake else None
    held = _held(first=first, last=last)
    after = counts_by_day(METRICS, first=first, last=last)
    names = after.keys() | held.keys() | (lake or {}).keys()
    lines = [
        Line(
            *name,
            after.get(name, Counter()),
            held.get(name, 0),
            None if lake is None else lake.get(name, InLake()),
        )
        for name in sorted(names)
        if not source or name[1] == source
    ]
    return Law(lines, lag, list(_faults(lines, before, lag)))


def _lake(*, first: date, last: date) -> dict[tuple[date, str], InLake] | None:
    if not settings().LAKE_URL:
        return None
    from personalize.measure.lake_rows import lake_rows  # noqa: PLC0415  # slow to import

    return lake_rows(first=first, last=last)


def _held(*, first: date, last: date) -> dict[tuple[date, str], int]:
    """Return how many events of clients lie in quarantine, and were not replayed."""
    span = {
        "received_at__gte": start_of(first),
        "received_at__lt": start_of(last + timedelta(days=1)),
    }
    rows = QuarantinedEvent.objects.waiting().filter(**span).exclude(source="").order_by()
    by_day = rows.annotate(day=TruncDay("received_at", tzinfo=UTC)).values_list("day", "source")
    return {(day.date(), source): number for day, source, number in by_day.annotate(Count("pk"))}


def _faults(lines: list[Line], before: ByDay, lag: int) -> Iterator[str]:
    fresh = 0
    for line in lines:
        earlier = before.get((line.day, line.source), Counter())
        fresh += line.counts[ACCEPTED] - earlier[ACCEPTED]
        for fault in _faults_of(line, earlier, lag):
            yield f"{line.day}, {line.source}: {fault}"
    flying = sum(line.in_flight for line in lines)
    if flying > lag + fresh:
        yield f"{flying - lag - fresh} events are lost: {flying} in flight, {lag} in the stream"


def _faults_of(line: Line, earlier: Counter[str], lag: int) -> Iterator[str]:
    if line.in_flight < 0:
        yield f"{-line.in_flight} more outcomes than events were accepted"
    if line.without_lake < 0:
        yield f"{-line.without_lake} more events were kept for the lake than took effect"
    if line.lake:
        there = line.lake.rows + line.lake.waiting
        if there < earlier[KEPT] - line.counts[REMOVED]:
            yield f"{earlier[KEPT] - line.counts[REMOVED] - there} rows are missing in the lake"
        if there > line.counts[KEPT] - earlier[REMOVED]:
            yield f"{there - line.counts[KEPT] + earlier[REMOVED]} rows too many are in the lake"
    done = sum(line.counts[name] for name in OF_QUARANTINE)
    if line.held + done < earlier[QUARANTINED]:
        yield f"{earlier[QUARANTINED] - line.held - done} events are missing in quarantine"
    surplus = line.held + sum(earlier[name] for name in OF_QUARANTINE) - line.counts[QUARANTINED]
    if surplus > lag:
        yield f"{surplus} events too many are in quarantine"
