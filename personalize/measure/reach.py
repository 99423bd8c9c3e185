"""What slots have shown to how many people: the numbers of the overview and of a slot's page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from personalize.measure.showings import CLICKED, METRICS, REACHED, SEEN, SERVED
from personalize.models.showing import Placement, Showing
from personalize.models.slot import Slot
from personalize.models.tally import Tally

DAYS = 30
OVERVIEW_DAYS = 7
MOST_SLOTS = 25
PAGES = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of a span of days. `reached` adds up each day's visitors."""

    served: int = 0
    reached: int = 0
    seen: int = 0
    clicked: int = 0

    @property
    def seen_percent(self) -> float:
        """The share of what was served that came into view."""
        return 100 * self.seen / self.served if self.served else 0.0

    @property
    def clicked_percent(self) -> float:
        """The share of what was seen in which something was clicked."""
        return 100 * self.clicked / self.seen if self.seen else 0.0


@dataclass(frozen=True, slots=True)
class ShowingFigures:
    """What one variant (or the default) of a slot came to, altogether and day by day."""

    showing: Showing
    total: Figures
    share: float  # of all that was served in the slot, 0 to 100
    daily: Mapping[str, Sequence[int]]  # by metric


@dataclass(frozen=True, slots=True)
class SlotLine:
    """One slot on the overview; `row` is None when only templates or pages know the slot."""

    key: str
    row: Slot | None
    figures: Figures
    live_variants: int = 0
    shown_variants: int = 0
    last_served_on: date | None = None
    pages: Sequence[str] = ()
    further_pages: int = 0


@dataclass(slots=True)
class Overview:
    """The slots that were served most often, and how often for which reason."""

    lines: list[SlotLine] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    slots: int = 0


def days_until(now: datetime, *, days: int = DAYS) -> list[date]:
    """Return the last days (UTC), today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(days))]


def placements_of(slot: str, *, most: int = 20) -> list[Placement]:
    """Return the pages on which the slot was served most often."""
    return list(Placement.objects.filter(slot=slot).order_by("-served", "path")[:most])


def slot_figures(slot: str, *, now: datetime, days: int = DAYS) -> list[ShowingFigures]:
    """Return what was shown in the slot, the most often served first (two queries)."""
    span = days_until(now, days=days)
    showings = {each.exposure: each for each in Showing.objects.filter(slot=slot)}
    rows = _tallies(span[0]).filter(key__in=showings).values_list("metric", "key", "hour", "count")
    series: dict[tuple[str, str], dict[date, int]] = {}
    for metric, key, hour, count in rows:
        series.setdefault((key, metric), {})[hour.astimezone(UTC).date()] = count
    found = []
    for exposure, showing in showings.items():
        by_metric = {metric: series.get((exposure, metric), {}) for metric in METRICS}
        daily = {
            metric: [counts.get(day, 0) for day in span] for metric, counts in by_metric.items()
        }
        found.append((showing, Figures(**{name: sum(daily[name]) for name in METRICS}), daily))
    served = sum(total.served for _, total, _ in found) or 1
    return sorted(
        (ShowingFigures(each, all_, 100 * all_.served / served, by) for each, all_, by in found),
        key=lambda row: (-row.total.served, row.showing.exposure),
    )


def overview(*, now: datetime, days: int = OVERVIEW_DAYS) -> Overview:
    """Return what is personalised where (four queries, however many slots there are)."""
    totals = _totals(days_until(now, days=days)[0])
    by_slot: dict[str, list[Showing]] = {}
    reasons: Counter[str] = Counter()
    for showing in Showing.objects.all():
        by_slot.setdefault(showing.slot, []).append(showing)
        reasons[showing.reason] += totals.get((SERVED, showing.exposure), 0)
    figures = {slot: _sum(showings, totals) for slot, showings in by_slot.items()}
    live = Count("variants", filter=Q(variants__is_live=True))
    slots = Slot.objects.only("key", "name").annotate(live=live).order_by()
    rows = {row.key: row for row in slots}
    known = sorted(figures.keys() | rows.keys())
    top = sorted(known, key=lambda slot: -figures.get(slot, Figures()).served)[:MOST_SLOTS]
    pages = _pages(top)
    lines = [
        _line(slot, rows.get(slot), by_slot.get(slot, []), figures.get(slot), pages.get(slot))
        for slot in top
    ]
    return Overview(
        lines, {name: count for name, count in reasons.most_common() if count}, len(known)
    )


def _line(
    key: str,
    row: Any,
    showings: Sequence[Showing],
    figures: Figures | None,
    pages: tuple[list[str], int] | None,
) -> SlotLine:
    paths, number = pages or ([], 0)
    return SlotLine(
        key,
        row,
        figures or Figures(),
        row.live if row else 0,
        len({showing.variant for showing in showings if showing.variant}),
        max((showing.last_served_on for showing in showings), default=None),
        paths,
        number - len(paths),
    )


def _tallies(first: date) -> QuerySet[Tally]:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Tally.objects.filter(metric__in=METRICS, hour__gte=begin).order_by()


def _totals(first: date) -> dict[tuple[str, str], int]:
    rows = _tallies(first).values_list("metric", "key").annotate(Sum("count"))
    return {(metric, key): count for metric, key, count in rows}


def _sum(showings: Iterable[Showing], totals: Mapping[tuple[str, str], int]) -> Figures:
    ids = [showing.exposure for showing in showings]
    served, reached, seen, clicked = (
        sum(totals.get((metric, exposure), 0) for exposure in ids)
        for metric in (SERVED, REACHED, SEEN, CLICKED)
    )
    return Figures(served, reached, seen, clicked)


def _pages(slots: Sequence[str]) -> dict[str, tuple[list[str], int]]:
    """Return for each slot the pages that served it most often, and the number of all."""
    ranked = Placement.objects.filter(slot__in=slots).annotate(
        rank=Window(RowNumber(), partition_by="slot", order_by=F("served").desc()),
        number=Window(Count("pk"), partition_by="slot"),
    )
    found: dict[str, tuple[list[str], int]] = {}
    for slot, path, number in (
        ranked.filter(rank__lte=PAGES)
        .order_by("slot", "rank")
        .values_list("slot", "path", "number")
    ):
        found.setdefault(slot, ([], number))[0].append(path)
    return found
