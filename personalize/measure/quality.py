"""The numbers of the data-quality page: the law as it stands, and trends."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDay

from personalize.keys import ACCEPTED
from personalize.measure.counts import start_of
from personalize.measure.law import Law, conservation
from personalize.measure.tally import CLEANED, OUTCOMES
from personalize.models.tally import Tally


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of cleaning did to the events of one source, day by day."""

    name: str
    source: str
    counts: list[int]

    @property
    def total(self) -> int:
        """How many that were in all the days."""
        return sum(self.counts)


def law_without_lake(*, first: date, last: date) -> Law:
    """Return the law of what is counted; to count the rows of the lake is the nightly audit's."""
    return conservation(first=first, last=last, has_lake=False)


def daily_outcomes(days: Sequence[date]) -> dict[str, Mapping[date, int]]:
    """Return for accepted events, and every outcome that there was, the number by day (UTC)."""
    rows = _by_day(Tally.objects.filter(metric__in=(ACCEPTED, *OUTCOMES)), days)
    found: dict[str, dict[date, int]] = {ACCEPTED: {}}
    for day, metric, count in rows.values_list("day", "metric").annotate(Sum("count")):
        found.setdefault(metric, {})[day.date()] = count
    return {name: found[name] for name in (ACCEPTED, *OUTCOMES) if name in found}


def cleaning_steps(days: Sequence[date]) -> list[Step]:
    """Return what each step of cleaning did, the most frequent first."""
    rows = _by_day(Tally.objects.filter(metric__startswith=CLEANED), days)
    found: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for day, metric, source, count in rows.values_list("day", "metric", "key").annotate(
        Sum("count")
    ):
        found[metric.removeprefix(CLEANED), source][day.date()] = count
    steps = [Step(*name, [counts.get(day, 0) for day in days]) for name, counts in found.items()]
    return sorted(steps, key=lambda step: -step.total)


def _by_day(rows: QuerySet[Tally], days: Sequence[date]) -> Any:
    span = rows.filter(hour__gte=start_of(days[0]), hour__lt=start_of(days[-1] + timedelta(days=1)))
    return span.order_by().annotate(day=TruncDay("hour", tzinfo=UTC))
