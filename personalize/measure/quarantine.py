"""Quarantine: what cannot be processed is kept with its reason and bytes, and counted."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from personalize.measure.tally import QUARANTINED, add, tally_field
from personalize.models.quarantine import QuarantinedEvent
from personalize.stream.protocol import Entry


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
    counts: Counter[str] = Counter()
    for why in rows.values():
        at = int(why.entry.position.partition("-")[0])
        counts[tally_field(QUARANTINED, at=at, key=why.reason)] += 1
    add(counts)
