"""Times that can be believed: a browser's clock is held near to when its event came in."""

from collections.abc import Sequence

from msgspec.structs import replace

from personalize.conf import settings
from personalize.events.event import BROWSER, Event

DAY_MS = 86_400_000
CLAMPED = "clamped:timestamp"


def clamp_times(events: Sequence[Event]) -> list[Event]:
    """Return the events with believable times; the time given is kept beside a time changed.

    Nobody's event lies more than `MAX_FUTURE_SECONDS` ahead of its arrival. A browser's lies no
    more than `MAX_PAST_DAYS` behind it; other sources may import their history.
    """
    ahead = settings().MAX_FUTURE_SECONDS * 1_000
    behind = settings().MAX_PAST_DAYS * DAY_MS
    return [_clamp(event, ahead, behind) for event in events]


def _clamp(event: Event, ahead: int, behind: int) -> Event:
    latest = event.received_at + ahead
    earliest = event.received_at - behind if event.source == BROWSER else 0
    if earliest <= event.timestamp <= latest:
        return event
    timestamp = min(max(event.timestamp, earliest), latest)
    original = event.timestamp if event.original_timestamp is None else event.original_timestamp
    notes = [*event.notes, CLAMPED] if CLAMPED not in event.notes else event.notes
    return replace(event, timestamp=timestamp, original_timestamp=original, notes=notes)
