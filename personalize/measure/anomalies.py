"""Volumes out of the ordinary: each event and each source against the weeks before, by the hour.

What is usual for an hour is the median of the same hour on the same weekday in up to eight weeks
before, and how much it varies is the median of the distances from it (times 1.4826, which for a
normal distribution is the standard deviation), but no less than chance alone makes of counts (the
square root). The median does not follow the one week in which something was wrong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from statistics import median
from typing import Any

from django.db.models import Q

from personalize.keys import ACCEPTED
from personalize.measure.counts import start_of
from personalize.measure.tally import EVENTS
from personalize.models.tally import Tally

WEEKS = 8
FEWEST_WEEKS = 3
DEVIATIONS = 5.0
LEAST_SHARE = 0.5  # of what is usual: less than that is no anomaly, however regular the weeks were
LEAST_COUNT = 10
TO_DEVIATION = 1.4826

Hours = Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Hours of a day in which there was much more or less of something than usual."""

    of: str  # `event` or `source`
    key: str
    day: str
    hours: list[int]
    seen: int
    expected: float
    deviations: float  # of the strangest hour

    def as_json(self) -> dict[str, Any]:
        """Return the anomaly as plain values."""
        return asdict(self)


def volume_anomalies(day: date, *, now: datetime) -> list[Anomaly]:
    """Return what was unusual on a day (UTC), the strangest first; hours that last are left out."""
    found = []
    for (metric, key), hours in _series(day).items():
        ended = [
            start_of(day) + timedelta(hours=hour)
            for hour in range(24)
            if start_of(day) + timedelta(hours=hour + 1) <= now
        ]
        found += list(_unusual("source" if metric == ACCEPTED else "event", key, hours, ended))
    return sorted(found, key=lambda anomaly: -abs(anomaly.deviations))


def deviations(value: float, history: Sequence[float], *, least: float) -> tuple[float, float]:
    """Return what is usual by the history, and how many robust deviations the value is from it.

    >>> deviations(30, [9, 10, 11, 10, 10], least=1)
    (10, 20.0)
    """
    usual = median(history)
    spread = TO_DEVIATION * median(abs(each - usual) for each in history)
    return usual, (value - usual) / max(spread, least)


def _series(day: date) -> dict[tuple[str, str], dict[datetime, int]]:
    """Return the counts of the day and of the same weekday before, by metric and key."""
    spans = Q()
    for weeks in range(WEEKS + 1):
        begin = start_of(day - timedelta(weeks=weeks))
        spans |= Q(hour__gte=begin, hour__lt=begin + timedelta(days=1))
    rows = Tally.objects.filter(spans, metric__in=(EVENTS, ACCEPTED)).order_by()
    series: dict[tuple[str, str], dict[datetime, int]] = defaultdict(dict)
    for hour, metric, key, count in rows.values_list("hour", "metric", "key", "count"):
        series[metric, key][hour.astimezone(UTC)] = count
    return series


def _unusual(of: str, key: str, hours: Hours, ended: Sequence[datetime]) -> Iterator[Anomaly]:
    """Yield the hours with more than usual as one anomaly, those with less as another."""
    weeks = _weeks_since(min(hours), ended)
    if weeks < FEWEST_WEEKS:
        return
    strange: dict[bool, list[tuple[datetime, float, float]]] = {True: [], False: []}
    for hour in ended:
        history = [hours.get(hour - timedelta(weeks=week), 0) for week in range(1, weeks + 1)]
        seen, least = hours.get(hour, 0), sqrt(max(median(history), 1))
        usual, score = deviations(seen, history, least=least)
        if abs(score) >= DEVIATIONS and abs(seen - usual) >= max(LEAST_COUNT, LEAST_SHARE * usual):
            strange[score > 0].append((hour, usual, score))
    for some in strange.values():
        if some:
            strangest: float = max((score for _, _, score in some), key=abs)
            yield Anomaly(
                of=of,
                key=key,
                day=some[0][0].date().isoformat(),
                hours=[hour.hour for hour, _, _ in some],
                seen=sum(hours.get(hour, 0) for hour, _, _ in some),
                expected=round(sum(usual for _, usual, _ in some), 1),
                deviations=round(strangest, 1),
            )


def _weeks_since(first: datetime, ended: Sequence[datetime]) -> int:
    """Return over how many of the weeks before there has been anything to count."""
    return min(WEEKS, (ended[0] - first).days // 7 + 1 if ended and first < ended[0] else 0)
