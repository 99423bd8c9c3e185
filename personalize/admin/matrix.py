"""The mapping matrix: which signals feed which segments, how large they are, how they overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.models import Segment, SegmentPortrait, SegmentSize
from personalize.rules import phrases
from personalize.rules.describe import Names, describe
from personalize.rules.syntax import Leaf
from personalize.segment.names import editors_names
from personalize.segment.signals import Signal, signals_of

AT_ONCE = 8  # segments that a screen has room for
STEPS = 10  # of the heat map's colours
FAMILIES: Mapping[str, str | Promise] = {
    "behaviour": _("Behaviour"),
    "trait": _("Trait"),
    "context": _("Visit"),
    "session": _("Session"),
    "prediction": _("Prediction"),
    "segments": _("Segment"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A segment, and the conditions of its rule by signal."""

    pk: int
    name: str
    is_live: bool
    size: int | None
    counted_at: datetime | None
    signals: Mapping[Signal, Sequence[Leaf]]


@dataclass(frozen=True, slots=True)
class Row:
    """A signal with, for each column, the conditions in words."""

    family: str
    name: str
    cells: Sequence[Sequence[str]]
    feeds: int  # how many segments altogether


@dataclass(frozen=True, slots=True)
class Heat:
    """The share of one segment's members who are in another one, 0 to 100; None: not known."""

    percent: float | None
    is_same: bool = False

    @property
    def step(self) -> int:
        """The colour."""
        return 0 if self.percent is None else round(self.percent * STEPS / 100)


def matrix_view(request: HttpRequest, context: Mapping[str, Any], *, may_see: bool) -> HttpResponse:
    """Show the matrix: segments by `q` (name or signal), a few at a time, the largest first."""
    if not may_see:
        raise PermissionDenied
    sought = request.GET.get("q", "").strip()[:100]
    every = columns()
    names = editors_names()
    found = [each for each in every if _is_sought(each, sought.casefold(), names)]
    page: Page[Column] = Paginator(found, AT_ONCE).get_page(request.GET.get("p"))
    shown = list(page)
    portraits = {
        portrait.segment_id: portrait
        for portrait in SegmentPortrait.objects.filter(segment__in=[each.pk for each in shown])
    }
    return TemplateResponse(
        request,
        "admin/personalize/segment/matrix.html",
        {
            **context,
            "title": gettext("Mapping matrix"),
            "sought": sought,
            "page": page,
            "number": len(every),
            "columns": shown,
            "rows": rows(shown, every, names),
            "heat": heat(shown, portraits),
            "made_at": min((each.made_at for each in portraits.values()), default=None),
            "counted_at": max((each.counted_at for each in shown if each.counted_at), default=None),
            "is_sample": any(each.is_sample for each in portraits.values()),
        },
    )


def columns() -> list[Column]:
    """Return every segment with its size as last counted, the largest first (one query)."""
    sizes = SegmentSize.objects.filter(segment=OuterRef("pk")).order_by("-counted_at")
    segments = Segment.objects.annotate(
        size=Subquery(sizes.values("visitors")[:1]), at=Subquery(sizes.values("counted_at")[:1])
    )
    found = [
        Column(pk, name, is_live, size, at, signals_of(rule) if kind == Segment.Kind.RULE else {})
        for pk, name, is_live, size, at, kind, rule in segments.values_list(
            "pk", "name", "is_live", "size", "at", "kind", "rule"
        )
    ]
    return sorted(found, key=lambda column: (not column.is_live, -(column.size or 0), column.name))


def rows(shown: Sequence[Column], every: Sequence[Column], names: Names) -> list[Row]:
    """Return the signals of the shown segments, those that feed most segments first."""
    feeds: dict[Signal, int] = {}
    for column in every:
        for signal in column.signals:
            feeds[signal] = feeds.get(signal, 0) + 1
    order = list(FAMILIES)
    signals = sorted(
        {signal for column in shown for signal in column.signals},
        key=lambda signal: (order.index(signal.family), -feeds[signal], signal.name),
    )
    return [
        Row(
            str(FAMILIES[signal.family]),
            title_of(signal, names),
            [
                [describe(leaf, names=names) for leaf in column.signals.get(signal, ())]
                for column in shown
            ],
            feeds[signal],
        )
        for signal in signals
    ]


def heat(
    shown: Sequence[Column], portraits: Mapping[int, SegmentPortrait]
) -> list[tuple[Column, list[Heat]]]:
    """Return for each segment the share of its members who are in each of the others."""
    return [
        (ours, [_heat(portraits.get(ours.pk), ours.pk, theirs.pk) for theirs in shown])
        for ours in shown
    ]


def _heat(portrait: SegmentPortrait | None, ours: int, theirs: int) -> Heat:
    if portrait is None or not portrait.members:
        return Heat(None, ours == theirs)
    if ours == theirs:
        return Heat(100.0, is_same=True)
    return Heat(100 * portrait.shared.get(str(theirs), 0) / portrait.members)


def _is_sought(column: Column, sought: str, names: Names) -> bool:
    if not sought or sought in column.name.casefold():
        return True
    titles = (title_of(signal, names) for signal in column.signals)
    return any(sought in title.casefold() for title in titles)


def title_of(signal: Signal, names: Names) -> str:
    """Return what editors call the signal."""
    if signal.family == "segments":
        return names.segment(signal.name)
    if signal.family == "trait":
        return names.trait(signal.name)
    phrase = phrases.FIELDS.get(f"{signal.family}.{signal.name}")
    return names.translate(phrase) if phrase else signal.name
