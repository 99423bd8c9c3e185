"""What a segment's page shows beside the form: size, entries and exits, who they are, overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.plots import Plot, Point
from personalize.measure import dashboard
from personalize.models import Segment, SegmentPortrait

MOST_OTHERS = 15
FACTS: dict[str, str | Promise] = {
    "device": _("Device"),
    "country": _("Country"),
    "referrer_type": _("Came from"),
    "visits": _("New or returning"),
}
VALUES: dict[str, str | Promise] = {
    "": _("unknown"),
    "new": _("new"),
    "returning": _("returning"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """How many members have a value, and their share of all, 0 to 100."""

    name: str
    members: int
    percent: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another segment: the share of this one's members in it, and of its members in this one."""

    pk: int
    name: str
    members: int
    of_ours: float
    of_theirs: float


def segment_page(segment: Segment, *, now: datetime) -> Mapping[str, Any]:
    """Return the figures as they were last computed (five queries)."""
    portrait = SegmentPortrait.objects.filter(segment=segment).first()
    sizes = dashboard.sizes_of(segment, now=now)
    entered, exited = dashboard.daily_moves(segment.slug, now=now)
    return {
        "size": sizes[-1].count if sizes else None,
        "counted_at": sizes[-1].at if sizes else None,
        "portrait": portrait,
        "plots": [
            _plot(gettext("Size"), gettext("Visitors"), sizes, gettext("Not counted yet.")),
            _plot(gettext("Entries a day"), gettext("Visitors"), entered, gettext("No entries.")),
            _plot(gettext("Exits a day"), gettext("Visitors"), exited, gettext("No exits.")),
        ],
        "composition": _composition(portrait) if portrait else [],
        "contents": _contents(portrait) if portrait else [],
        "neighbours": _neighbours(portrait) if portrait else [],
    }


def _plot(title: str, unit: str, steps: Sequence[dashboard.Step], empty: str) -> Plot:
    points = [Point(date_format(timezone.localtime(step.at), "j M"), step.count) for step in steps]
    return Plot(title, unit, gettext("Day"), points, empty)


def _composition(portrait: SegmentPortrait) -> list[tuple[str, list[Part]]]:
    """Return each fact with its values, the most frequent first."""
    return [
        (str(title), [_part(value, members, portrait) for value, members in values.items()])
        for name, title in FACTS.items()
        if (values := portrait.composition.get(name))
    ]


def _part(value: str, members: int, portrait: SegmentPortrait) -> Part:
    return Part(str(VALUES.get(value, value)), members, _percent(members, portrait.members))


def _contents(portrait: SegmentPortrait) -> list[Part]:
    return [
        Part(page["path"], page["members"], _percent(page["members"], portrait.members))
        for page in portrait.contents
    ]


def _neighbours(portrait: SegmentPortrait) -> list[Neighbour]:
    """Return the segments that share most members with this one."""
    top = sorted(portrait.shared.items(), key=lambda item: -item[1])[:MOST_OTHERS]
    others = SegmentPortrait.objects.filter(segment__in=[int(pk) for pk, _ in top])
    theirs = {
        str(pk): (name, members)
        for pk, name, members in others.values_list("segment", "segment__name", "members")
    }
    return [
        Neighbour(
            int(pk),
            theirs[pk][0],
            shared,
            _percent(shared, portrait.members),
            _percent(shared, theirs[pk][1]),
        )
        for pk, shared in top
        if pk in theirs
    ]


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
