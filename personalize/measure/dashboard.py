"""The numbers on the dashboard: series without gaps, and the sizes of segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import FilteredRelation, Q, QuerySet, Sum
from django.db.models.functions import TruncDay

from personalize.measure.tally import ENTERED, EVENTS, EXITED, NEW_VISITORS
from personalize.models import Segment, SegmentSize, Tally, Visitor

HOURS = 48
DAYS = 30


@dataclass(frozen=True, slots=True)
class Step:
    """How much there was in the hour or day that begins `at`."""

    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Size:
    """A segment with its size at the end of each of the last days on which it was counted."""

    segment: Segment
    counts: Sequence[int]
    counted_at: datetime | None

    @property
    def visitors(self) -> int:
        """The latest size."""
        return self.counts[-1] if self.counts else 0


def hourly_events(*, now: datetime, hours: int = HOURS) -> list[Step]:
    """Return the number of events in each of the last hours, the present one last."""
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [last - timedelta(hours=back) for back in reversed(range(hours))]
    rows = _tallies(EVENTS, since=starts[0]).values_list("hour").annotate(Sum("count"))
    return _filled(starts, dict(rows))


def daily_events_and_new_visitors(
    *, now: datetime, days: int = DAYS
) -> tuple[list[Step], list[Step]]:
    """Return the events, and those who came for the first time, day by day (UTC), today last."""
    return _daily((EVENTS, NEW_VISITORS), now=now, days=days)


def daily_by_event(
    names: Sequence[str], *, now: datetime, days: int = DAYS
) -> dict[str, list[int]]:
    """Return for each event's name its number in each of the last days (UTC), in one query."""
    starts = _days(now, days=days)
    rows = _tallies(EVENTS, since=starts[0]).filter(key__in=names)
    by_day = rows.annotate(day=TruncDay("hour", tzinfo=UTC)).values_list("key", "day")
    found = {(key, day): count for key, day, count in by_day.annotate(Sum("count"))}
    return {name: [found.get((name, day), 0) for day in starts] for name in names}


def segment_sizes(*, now: datetime, days: int = DAYS) -> list[Size]:
    """Return the live segments, the largest first, each with its sizes (one query)."""
    recent = Q(sizes__counted_at__gte=_days(now, days=days)[0])
    rows = (
        Segment.objects.filter(is_live=True)
        .annotate(recent=FilteredRelation("sizes", condition=recent))
        .order_by("name", "pk", "recent__counted_at")
        .values_list("pk", "name", "recent__counted_at", "recent__visitors")
    )
    found: dict[tuple[int, str], dict[date, tuple[datetime, int]]] = {}
    for pk, name, at, visitors in rows:
        by_day = found.setdefault((pk, name), {})
        if at:  # the last of a day comes last
            by_day[at.astimezone(UTC).date()] = at, visitors
    sizes = [
        _size(Segment(pk=pk, name=name), list(by_day.values()))
        for (pk, name), by_day in found.items()
    ]
    return sorted(sizes, key=lambda size: -size.visitors)


def sizes_of(segment: Segment, *, now: datetime, days: int = DAYS) -> list[Step]:
    """Return the segment's size at the end of each of the last days on which it was counted."""
    since = _days(now, days=days)[0]
    rows = SegmentSize.objects.filter(segment=segment, counted_at__gte=since)
    by_day = {row.counted_at.astimezone(UTC).date(): row for row in rows.order_by("counted_at")}
    return [Step(row.counted_at, row.visitors) for row in by_day.values()]


def daily_moves(slug: str, *, now: datetime, days: int = DAYS) -> tuple[list[Step], list[Step]]:
    """Return how many visitors entered and left a segment on each of the last days (UTC)."""
    return _daily((ENTERED, EXITED), now=now, days=days, key=slug)


def has_events() -> bool:
    """Return whether any event of a visitor was ever counted."""
    return Tally.objects.filter(metric=EVENTS).exists()


def last_flush() -> datetime | None:
    """Return when the visitor seen last was copied to the database, where all numbers come from."""
    latest = Visitor.objects.order_by("-last_seen_at").values_list("flushed_at", flat=True)
    return latest.first()


def _size(segment: Segment, counted: Sequence[tuple[datetime, int]]) -> Size:
    last = counted[-1][0] if counted else None
    return Size(segment, [visitors for _, visitors in counted], last)


def _daily(
    metrics: tuple[str, str], *, now: datetime, days: int, **only: str
) -> tuple[list[Step], list[Step]]:
    """Return two metrics day by day."""
    starts = _days(now, days=days)
    rows = Tally.objects.filter(metric__in=metrics, hour__gte=starts[0], **only).order_by()
    by_day = rows.annotate(day=TruncDay("hour", tzinfo=UTC)).values_list("metric", "day")
    found: dict[str, dict[datetime, int]] = {metric: {} for metric in metrics}
    for metric, day, count in by_day.annotate(Sum("count")):
        found[metric][day] = count
    one, other = metrics
    return _filled(starts, found[one]), _filled(starts, found[other])


def _tallies(metric: str, *, since: datetime) -> QuerySet[Tally]:
    return Tally.objects.filter(metric=metric, hour__gte=since).order_by()


def _days(now: datetime, *, days: int) -> list[datetime]:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=back) for back in reversed(range(days))]


def _filled(starts: Sequence[datetime], found: Mapping[datetime, int]) -> list[Step]:
    return [Step(at, found.get(at, 0)) for at in starts]
