"""How many events of clients the stream took, by the hour in which they came in and by source.

Together with what became of them these counts have to add up: see `measure.tally`.
"""

from collections.abc import Iterable

from personalize.events.event import SYSTEM, Event
from personalize.events.served import number_of_parts
from personalize.keys import ACCEPTED, tally_field


def accepted(events: Iterable[Event]) -> dict[str, int]:
    """Return the counts by field; what the system tells itself is not counted."""
    counts: dict[str, int] = {}
    for event in events:
        if event.type not in SYSTEM:
            field = tally_field(ACCEPTED, at=event.received_at, key=event.source)
            counts[field] = counts.get(field, 0) + number_of_parts(event)
    return counts
