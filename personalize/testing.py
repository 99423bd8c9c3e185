"""What sites and third parties test with: who looks, what is sent, and what a stream must do."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast
from unittest.mock import patch

from django.conf import settings as django_settings
from django.test.utils import override_settings

from personalize.events.event import Event
from personalize.render.preview import Deed, Persona, Preview
from personalize.stream.protocol import Entry, Lag, Stream, current_stream, partition_of

__all__ = [
    "CapturedStream", "Deed", "Persona", "StreamConformance", "as_persona", "capture_events",
    "event_of", "override_segments",
]  # fmt: skip


@contextmanager
def as_persona(persona: Persona) -> Iterator[None]:
    """Let pages be seen by somebody made up, who agreed to everything and is held out of nothing.

    A context manager, and a decorator. It is about pages: `v1/decide` asks for real visitors.
    """
    seen = Preview(maker="", persona=persona)
    with patch("personalize.render.visit.preview_of", lambda request: seen):
        yield


def override_segments(*slugs: str) -> AbstractContextManager[None]:
    """Let pages be seen by somebody who is in exactly these segments, of which there is one."""
    return as_persona(Persona(segments=slugs))


class CapturedStream:
    """A stream that keeps what it is given in memory, and hands out nothing."""

    def __init__(self, *, partitions: int) -> None:
        self.partitions = partitions
        self.events: list[Event] = []

    def append(self, events: Sequence[Event]) -> list[int]:
        """Keep the events, and ring for nobody."""
        self.events += events
        return []

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return nothing."""
        return []

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Do nothing."""

    def own(self, partition: int) -> bool:
        """Be the owner."""
        return True

    def release(self, partition: int) -> bool:
        """Have nothing to look at again."""
        return False

    def lag(self, partition: int) -> Lag:
        """Return that nothing waits."""
        return Lag(0, 0.0)


@contextmanager
def capture_events() -> Iterator[list[Event]]:
    """Return the events that the site takes in, as they would go into the stream.

    Nothing processes them: cleaning, and every effect, come after the stream.
    """
    given = {**getattr(django_settings, "PERSONALIZE", {}), "STREAM_OPTIONS": {}}
    name = f"{CapturedStream.__module__}.{CapturedStream.__name__}"
    with override_settings(PERSONALIZE={**given, "STREAM": name}):
        yield cast(CapturedStream, current_stream()).events


def event_of(subject: str, number: int = 0) -> Event:
    """Return a small event of the subject (`a:<visitor>` or `u:<user>`), told by its number."""
    kind, _, name = subject.partition(":")
    return Event(
        type="track",
        event="Product Viewed",
        message_id=f"{subject}-{number}",
        timestamp=1_700_000_000_000 + number,
        received_at=1_700_000_000_000 + number,
        anonymous_id=name if kind == "a" else "",
        user_id=name if kind == "u" else "",
        properties={"number": number},
    )


class StreamConformance:
    """What every stream must do. Subclass it as `TestMyStream` and implement the two methods.

    Each test gets its own, empty stream:

        class TestMyStream(StreamConformance):
            def make_stream(self, *, partitions): ...
            def append_raw(self, stream, partition, raw): ...
    """

    @abstractmethod
    def make_stream(self, *, partitions: int) -> Stream:
        """Return another client of the same stream, as another process would have."""

    @abstractmethod
    def append_raw(self, stream: Stream, partition: int, raw: bytes) -> None:
        """Put bytes into the partition that no event encodes to."""

    def test_what_is_appended_is_read_in_order(self) -> None:
        stream = self.make_stream(partitions=1)
        events = [event_of("a:visitor", number) for number in range(20)]
        stream.append(events[:5])
        stream.append(events[5:])
        assert [entry.event for entry in _read_all(stream, 0)] == events

    def test_positions_rise_as_text(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor", number) for number in range(120)])
        positions = [entry.position for entry in _read_all(stream, 0)]
        assert positions == sorted(positions)
        assert len(set(positions)) == 120

    def test_a_subject_stays_in_its_partition(self) -> None:
        stream = self.make_stream(partitions=4)
        subjects = [f"a:{number}" for number in range(40)]
        stream.append([event_of(subject) for subject in subjects])
        for partition in range(4):
            seen = [entry.event.subject for entry in _read_all(stream, partition) if entry.event]
            assert seen == [name for name in subjects if partition_of(name, 4) == partition]

    def test_limit_bounds_what_is_read(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor", number) for number in range(7)])
        assert len(stream.read(0, limit=3)) == 3

    def test_an_unacknowledged_entry_is_read_again_and_counted(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor", number) for number in range(3)])
        first = stream.read(0, limit=2)
        again = self.make_stream(partitions=1).read(0, limit=2)
        assert [entry.position for entry in again] == [entry.position for entry in first]
        assert [entry.deliveries for entry in first] == [1, 1]
        assert [entry.deliveries for entry in again] == [2, 2]

    def test_an_acknowledged_entry_is_not_read_again(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor", number) for number in range(3)])
        stream.acknowledge(0, [entry.position for entry in stream.read(0, limit=2)])
        rest = self.make_stream(partitions=1).read(0, limit=10)
        assert [entry.event and entry.event.properties for entry in rest] == [{"number": 2}]

    def test_acknowledging_out_of_order_loses_nothing(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor", number) for number in range(6)])
        entries = stream.read(0, limit=4)
        stream.acknowledge(0, [entries[3].position, entries[1].position])
        left = {entry.position for entry in stream.read(0, limit=10)}
        assert left == {entries[0].position, entries[2].position}
        stream.acknowledge(0, sorted(left))
        assert len(stream.read(0, limit=10)) == 2

    def test_an_entry_that_cannot_be_decoded_comes_as_raw_bytes(self) -> None:
        stream = self.make_stream(partitions=1)
        self.append_raw(stream, 0, b"\xff not an event")
        stream.append([event_of("a:visitor")])
        broken, whole = stream.read(0, limit=10)
        assert (broken.event, broken.raw) == (None, b"\xff not an event")
        assert whole.event == event_of("a:visitor")

    def test_reading_an_empty_partition_gives_nothing(self) -> None:
        assert list(self.make_stream(partitions=2).read(1, limit=10)) == []

    def test_a_partition_has_one_owner(self) -> None:
        stream, other = self.make_stream(partitions=2), self.make_stream(partitions=2)
        assert stream.own(0)
        assert stream.own(0)
        assert not other.own(0)
        assert other.own(1)
        assert not other.release(0)
        assert not other.own(0)
        stream.release(0)
        assert other.own(0)

    def test_append_names_the_partition_to_ring_once(self) -> None:
        stream = self.make_stream(partitions=1)
        assert list(stream.append([event_of("a:visitor"), event_of("a:stranger")])) == [0]
        assert list(stream.append([event_of("a:visitor", 1)])) == []

    def test_release_tells_of_events_that_came_in_meanwhile(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor")])
        assert stream.own(0)
        stream.acknowledge(0, [entry.position for entry in stream.read(0, limit=10)])
        assert list(stream.append([event_of("a:visitor", 1)])) == []
        assert stream.release(0)

    def test_after_a_quiet_release_the_next_event_rings_again(self) -> None:
        stream = self.make_stream(partitions=1)
        stream.append([event_of("a:visitor")])
        assert stream.own(0)
        stream.acknowledge(0, [entry.position for entry in stream.read(0, limit=10)])
        assert not stream.release(0)
        assert list(stream.append([event_of("a:visitor", 1)])) == [0]

    def test_lag_counts_unread_and_unacknowledged_entries(self) -> None:
        stream = self.make_stream(partitions=1)
        assert stream.lag(0).entries == 0
        stream.append([event_of("a:visitor", number) for number in range(5)])
        assert stream.lag(0).entries == 5
        entries = stream.read(0, limit=3)
        assert stream.lag(0).entries == 5
        stream.acknowledge(0, [entry.position for entry in entries])
        assert stream.lag(0).entries == 2
        assert stream.lag(0).seconds >= 0

    def test_appending_nothing_is_allowed(self) -> None:
        assert list(self.make_stream(partitions=1).append([])) == []


def _read_all(stream: Stream, partition: int) -> Sequence[Entry]:
    entries: list[Entry] = []
    while batch := stream.read(partition, limit=50):
        entries += batch
        stream.acknowledge(partition, [entry.position for entry in batch])
    return entries
