"""Quarantine: what cannot be processed is kept, with its reason and its bytes."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from personalize.events.event import SYSTEM
from personalize.keys import tally_field
from personalize.measure.tally import QUARANTINED, outcome_field
from personalize.models.quarantine import QuarantinedEvent
from personalize.stream.protocol import Entry

UNREADABLE = "?"  # the source of what cannot be decoded


class Reject(NamedTuple):
    """An entry that cannot be processed, and why."""

    entry: Entry
    reason: str
    detail: str = ""


def quarantine(rejects: Sequence[Reject], *, partition: int) -> None:
    """Keep what cannot be processed, with its bytes, for people to look at."""
    if not rejects:
        return
    rows = {f"{partition}:{reject.entry.position}": reject for reject in rejects}
    known = QuarantinedEvent.objects.filter(stream_position__in=list(rows))
    for position in known.values_list("stream_position", flat=True):
        del rows[position]
    QuarantinedEvent.objects.bulk_create(
        [
            QuarantinedEvent(
                stream_position=position, reason=why.reason, detail=why.detail, raw=why.entry.raw
            )
            for position, why in rows.items()
        ],
        ignore_conflicts=True,
    )


def counted(rejects: Sequence[Reject]) -> list[tuple[str, str]]:
    """Return the outcomes to count: of what cannot be read, the time of its position is known."""
    return [
        (_field(reject.entry), reject.entry.position)
        for reject in rejects
        if not (reject.entry.event and reject.entry.event.type in SYSTEM)
    ]


def _field(entry: Entry) -> str:
    if entry.event:
        return outcome_field(QUARANTINED, entry.event)
    return tally_field(QUARANTINED, at=time.time_ns() // 1_000_000, key=UNREADABLE)
