"""Quarantine: what cannot be processed is kept, with its reason and its bytes."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from personalize.events.event import SYSTEM, Event, decode
from personalize.keys import ACCEPTED, LONGEST_TALLIED, tally_field
from personalize.measure.tally import QUARANTINED, outcome_field
from personalize.models.quarantine import QuarantinedEvent
from personalize.stream.protocol import Burial, DeadLetters, Entry, current_stream

UNREADABLE = "?"  # the source of what cannot be decoded
_PATH = re.compile(r"(?:\$\.?)?([A-Za-z_][\w.\[\]-]{0,180}): ")  # as faults of cleaning begin
_DECODERS_PATH = re.compile(r"`\$\.?(\S{0,180})`")  # as msgspec ends


class Reject(NamedTuple):
    """An entry that cannot be processed, and why."""

    entry: Entry
    reason: str
    detail: str = ""


def quarantine(rejects: Sequence[Reject], *, partition: int, at: int) -> None:
    """Keep what cannot be processed, with its bytes, for people to look at.

    `at` is the present time in milliseconds: what cannot be read counts as received then. A stream
    with dead letters of its own has them before: after a crash in between, twice.
    """
    if not rejects:
        return
    rows = {f"{partition}:{reject.entry.place}": reject for reject in rejects}
    known = QuarantinedEvent.objects.filter(stream_position__in=list(rows))
    for position in known.values_list("stream_position", flat=True):
        del rows[position]
    stream = current_stream()
    if rows and isinstance(stream, DeadLetters):
        stream.bury([Burial(*why) for why in rows.values()], partition=partition)
    QuarantinedEvent.objects.bulk_create(
        [_row(position, why, at=at) for position, why in rows.items()], ignore_conflicts=True
    )


def counted(rejects: Sequence[Reject], *, at: int) -> list[tuple[str, str]]:
    """Return the outcomes to count. What cannot be read is accepted and quarantined at once."""
    return [
        (_field(reject.entry, at=at), reject.entry.place)
        for reject in rejects
        if not is_systems(reject.entry.event)
    ]


def is_systems(event: Event | None) -> bool:
    """Whether the system itself has sent the event: then no outcome is counted."""
    return event is not None and event.type in SYSTEM


def path_in(detail: str) -> str:
    """Return the path of the field at fault, if the detail names one.

    >>> path_in("properties.price: expected a number")
    '$.properties.price'
    """
    found = _PATH.match(detail) or _DECODERS_PATH.search(detail)
    if not found or found[1].endswith(("Error", "Exception")):
        return ""
    return f"$.{found[1]}" if found[1] else "$"


def _row(position: str, why: Reject, *, at: int) -> QuarantinedEvent:
    event, detail = why.entry.event, why.detail or _unreadable(why.entry)
    received_at = event.received_at if event else at
    return QuarantinedEvent(
        stream_position=position,
        source=_source(event),
        reason=why.reason,
        path=path_in(detail),
        detail=detail,
        raw=why.entry.raw,
        received_at=datetime.fromtimestamp(received_at / 1_000, UTC),
    )


def _source(event: Event | None) -> str:
    if is_systems(event):
        return ""
    return event.source[:LONGEST_TALLIED] if event else UNREADABLE


def _unreadable(entry: Entry) -> str:
    """Return what the decoder says of bytes that are no event."""
    if entry.event:
        return ""
    try:
        decode(entry.raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)
    return ""


def _field(entry: Entry, *, at: int) -> str:
    if entry.event:
        return outcome_field(QUARANTINED, entry.event)
    return "\n".join(
        tally_field(metric, at=at, key=UNREADABLE) for metric in (ACCEPTED, QUARANTINED)
    )
