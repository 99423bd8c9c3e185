"""What the stream took, by hour and source."""

from msgspec.structs import replace

from personalize.keys import ACCEPTED, tally_field
from personalize.stream.accepted import accepted
from personalize.testing import event_of


def test_events_are_counted_by_the_hour_of_their_arrival_and_by_source() -> None:
    first = event_of("a:visitor")
    later = replace(first, received_at=first.received_at + 3_600_000)
    other = replace(first, source="shop")
    fields = [
        tally_field(ACCEPTED, at=event.received_at, key=event.source)
        for event in (first, later, other)
    ]
    assert accepted([first, first, later, other]) == dict(zip(fields, (2, 1, 1), strict=True))


def test_what_the_system_tells_itself_is_not_counted() -> None:
    assert accepted([replace(event_of("a:visitor"), type="tick")]) == {}
