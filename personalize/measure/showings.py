"""What was served, seen and clicked, by the opaque id that a page has beside each slot.

The pipeline counts along with a profile's write, and the flush of the counts keeps them by the day
(UTC). Only the site itself says what an id stands for: what a browser makes up counts nowhere.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from personalize.events.event import Event
from personalize.events.served import SERVED as VARIANT_SERVED
from personalize.models.showing import Placement, Showing
from personalize.profile.seen import Seen
from personalize.rules.windows import DAY

SERVED = "served"
REACHED = "reached"  # visitors, each once a day
SEEN = "seen"
CLICKED = "clicked"
SERVED_AS = "served:"  # before what was told of it, until it is flushed
METRICS = (SERVED, REACHED, SEEN, CLICKED)

MOST_PLACEMENTS = 200  # pages of a slot that are remembered
AT_ONCE = 500
_TOLD = {"Variant Seen": SEEN, "Variant Clicked": CLICKED}
_EXPOSURE = re.compile(r"[0-9a-f]{8,16}\Z")

Counted = dict[tuple[datetime, str, str], int]


class Shown(NamedTuple):
    """What the site told of one slot that it filled."""

    exposure: str
    slot: str
    variant: str = ""
    experiment: str = ""
    arm: str = ""
    reason: str = ""
    path: str = ""


def counts_of(event: Event, seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield as metric and key what counts when the event tells of a slot."""
    exposure = event.properties.get("exposure")
    if not isinstance(exposure, str) or not _EXPOSURE.match(exposure):
        return
    if event.event in _TOLD:
        yield _TOLD[event.event], exposure
    elif event.event == VARIANT_SERVED and event.source == "system":
        yield SERVED_AS + _packed(_shown(exposure, event)), exposure
        day = event.timestamp // DAY
        if seen.is_new(f"{REACHED}:{day}:{exposure}", received_at=event.received_at):
            yield REACHED, exposure


def note_showings(counts: Counted) -> Counted:
    """Keep what the ids of these counts stand for; return the counts by day and id."""
    kept: Counter[tuple[datetime, str, str]] = Counter()
    shown: dict[Shown, date] = {}
    pages: Counter[Shown] = Counter()
    for (hour, metric, key), number in counts.items():
        midnight = hour.replace(hour=0)
        if metric.startswith(SERVED_AS):
            told = Shown(*json.loads(metric.removeprefix(SERVED_AS)))
            pages[told] += number
            shown[told] = max(hour.date(), shown.get(told, hour.date()))
            kept[midnight, SERVED, key] += number
        elif metric in METRICS:
            kept[midnight, metric, key] += number
        else:
            kept[hour, metric, key] += number
    if pages:
        _note_meanings(shown)
        _note_placements(shown, pages)
    return _known_only(kept)


def _shown(exposure: str, event: Event) -> Shown:
    told = {name: str(event.properties.get(name) or "") for name in Shown._fields}
    page: Any = event.context.get("page") or {}
    return Shown(
        exposure,
        told["slot"][:100],
        told["variant"][:64],
        told["experiment"][:64],
        told["arm"][:64],
        told["reason"][:20],
        str(page.get("path") or "")[:200],
    )


def _packed(shown: Shown) -> str:
    """Return the name of a count, which holds no bar but those around it, and no line's end."""
    return json.dumps(shown).replace("|", "\\u007c")


def _note_meanings(shown: Mapping[Shown, date]) -> None:
    last = {each.exposure: day for each, day in sorted(shown.items(), key=lambda item: item[1])}
    meanings = {each.exposure: each for each in shown}
    Showing.objects.bulk_create(
        [
            Showing(last_served_on=last[exposure], **_without_path(each))
            for exposure, each in meanings.items()
        ],
        update_conflicts=True,
        unique_fields=["exposure"],
        update_fields=["last_served_on"],
        batch_size=AT_ONCE,
    )


def _without_path(shown: Shown) -> dict[str, str]:
    meaning = shown._asdict()
    del meaning["path"]
    return meaning


def _note_placements(shown: Mapping[Shown, date], pages: Mapping[Shown, int]) -> None:
    """Count the pages of each slot, up to a limit: of a site that makes up paths, the first."""
    served: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], date] = {}
    for each, number in pages.items():
        place = (each.slot, each.path)
        served[place] += number
        last[place] = max(shown[each], last.get(place, shown[each]))
    known: dict[tuple[str, str], int] = {}
    room: Counter[str] = Counter()
    for slot, path, number in Placement.objects.filter(
        slot__in={slot for slot, _ in served}
    ).values_list("slot", "path", "served"):
        known[slot, path] = number
        room[slot] += 1
    rows = []
    for (slot, path), number in sorted(served.items()):
        if (slot, path) not in known:
            room[slot] += 1
            if not path or room[slot] > MOST_PLACEMENTS:
                continue
        total, day = known.get((slot, path), 0) + number, last[slot, path]
        rows.append(Placement(slot=slot, path=path, served=total, last_served_on=day))
    Placement.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["slot", "path"],
        update_fields=["served", "last_served_on"],
        batch_size=AT_ONCE,
    )


def _known_only(counts: Counter[tuple[datetime, str, str]]) -> Counted:
    """Return the counts without those of ids that this site has never served."""
    asked = {key for _, metric, key in counts if metric in METRICS}
    if not asked:
        return counts
    known = set(Showing.objects.filter(exposure__in=asked).values_list("exposure", flat=True))
    return {
        name: number
        for name, number in counts.items()
        if name[1] not in METRICS or name[2] in known
    }
