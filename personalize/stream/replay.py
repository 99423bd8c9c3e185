"""Send quarantined events through the stream again, once their cause is mended."""

from collections.abc import Iterable
from datetime import datetime

from personalize.events.event import Event, decode_or_none
from personalize.models import QuarantinedEvent
from personalize.stream.doorbell import accept


def replay(quarantined: Iterable[QuarantinedEvent], *, at: datetime) -> int:
    """Append what can be read of the rows and return how many; the others stay as they are.

    What somebody has mended goes instead of the original. The events keep their message ids, so a
    row replayed twice within a day counts once. Raises StreamUnavailable: nothing is marked, and
    all of it can be repeated.
    """
    readable = [(row, event) for row in quarantined if (event := readable_event(row)) is not None]
    accept([event for _, event in readable])
    rows = QuarantinedEvent.objects.filter(pk__in=[row.pk for row, _ in readable])
    rows.note_replayed(at=at)
    return len(readable)


def readable_event(row: QuarantinedEvent) -> Event | None:
    """Return the event in a row, or None when the bytes are no event."""
    return decode_or_none(bytes(row.mended or row.raw))
