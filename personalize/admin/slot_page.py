"""What a slot's page shows beside the form: served, seen and clicked, by variant and by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.plots import Lines
from personalize.measure.reach import (
    DAYS,
    ShowingFigures,
    days_until,
    placements_of,
    slot_figures,
)
from personalize.measure.showings import CLICKED, SEEN, SERVED
from personalize.segment.names import titles_of

REASONS: dict[str, str | Promise] = {
    "targeting_match": _("its audience matched"),
    "split": _("an experiment drew it"),
    "holdout": _("held out, to measure against"),
}
PLOTS: tuple[tuple[str, str | Promise], ...] = (
    (SERVED, _("Served a day")),
    (SEEN, _("Seen a day")),
    (CLICKED, _("Clicked a day")),
)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One line of the table: a variant, or the default, and why it was shown."""

    name: str
    why: str
    figures: ShowingFigures


def slot_page(slot: str, *, now: datetime) -> Mapping[str, Any]:
    """Return the figures of the slot with this key (three queries, one a model with variants)."""
    figures = slot_figures(slot, now=now)
    titles = titles_of(_named(figures))
    rows = [_row(each, titles) for each in figures]
    days = days_until(now)
    return {
        "shown": rows,
        "reasons": _by_reason(figures),
        "plots": [_plot(str(title), metric, rows, days) for metric, title in PLOTS],
        "placements": placements_of(slot),
        "days": DAYS,
    }


def _named(figures: Sequence[ShowingFigures]) -> set[str]:
    showings = [each.showing for each in figures]
    return {name for each in showings for name in (each.variant, each.experiment) if name}


def _row(figures: ShowingFigures, titles: Mapping[str, str]) -> ShownRow:
    showing = figures.showing
    variant = titles.get(showing.variant, showing.variant) or gettext("the default")
    why = str(REASONS.get(showing.reason, showing.reason))
    if showing.experiment:
        experiment = titles.get(showing.experiment, showing.experiment)
        why = gettext("%(why)s: %(experiment)s, arm %(arm)s") % {
            "why": why,
            "experiment": experiment,
            "arm": showing.arm,
        }
    return ShownRow(variant, why, figures)


def _by_reason(figures: Sequence[ShowingFigures]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for each in figures:
        totals[each.showing.reason] = totals.get(each.showing.reason, 0) + each.total.served
    found = sorted(totals.items(), key=lambda item: -item[1])
    return [(str(REASONS.get(reason, reason)), served) for reason, served in found if served]


def _plot(title: str, metric: str, rows: Sequence[ShownRow], days: Sequence[date]) -> Lines:
    return Lines(
        title,
        gettext("Day"),
        [date_format(day, "j M") for day in days],
        [(_label(row, rows), row.figures.daily[metric]) for row in rows],
        gettext("Nothing in these days."),
    )


def _label(row: ShownRow, rows: Sequence[ShownRow]) -> str:
    """Return the variant's name, with the reason where the name alone stands for two."""
    is_alone = sum(each.name == row.name for each in rows) == 1
    return row.name if is_alone else f"{row.name} ({row.why})"
