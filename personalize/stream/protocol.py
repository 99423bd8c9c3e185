"""What a stream backend must do. `personalize.testing.StreamConformance` proves that it does."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol, runtime_checkable

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from personalize.conf import settings
from personalize.events.event import Event


class StreamUnavailable(Exception):
    """The stream did not take or give the events; nothing was lost, the caller may try again."""


class TooLarge(StreamUnavailable):
    """One of the events is larger than the stream takes: it will not take it another time either.

    As with any refusal, some of the others may have been stored.
    """


class Entry(NamedTuple):
    """One entry as a group sees it.

    `position` sorts in the order of the partition (compare as text); `event` is None when `raw`
    cannot be decoded; `deliveries` counts how often it was handed out. `part` numbers, from 1, what
    an entry with several events was taken apart into.
    """

    position: str
    event: Event | None
    raw: bytes
    deliveries: int = 1
    part: int = 0

    @property
    def place(self) -> str:
        """Return the position, and of a part which one it is: no other entry's, nor part's."""
        return f"{self.position}.{self.part}" if self.part else self.position


class Lag(NamedTuple):
    """How far a group is behind in one partition: entries waiting, and the age of the oldest."""

    entries: int
    seconds: float


class Burial(NamedTuple):
    """An entry that went to quarantine, and why."""

    entry: Entry
    reason: str
    detail: str = ""


class Source(Protocol):
    """What a worker needs of the partitions."""

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return up to `limit` entries in order: first those handed out and not acknowledged."""

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Mark the entries as done and free their space; never anything unacknowledged."""

    def own(self, partition: int) -> bool:
        """Become, or remain, the one owner for the next ten seconds; False if another is."""


class Stream(Source, Protocol):
    """A durable, ordered log of events in partitions, read by one named group.

    A backend that keeps dead letters of its own has a method `bury`, see `DeadLetters`.
    """

    @property
    def partitions(self) -> int:
        """How many partitions there are; they are numbered from 0."""

    def append(self, events: Sequence[Event]) -> list[int]:
        """Store the events in their subjects' partitions and return the partitions to ring.

        A partition whose doorbell already rings, or that has an owner, is left out. Raises
        StreamUnavailable: none or some of the events were stored; the sender repeats all of them
        with the same message ids.
        """

    def release(self, partition: int) -> bool:
        """Give up ownership; True when events came in since the last read: look again."""

    def lag(self, partition: int) -> Lag:
        """Return how much waits in the partition."""


@runtime_checkable
class DeadLetters(Protocol):
    """A stream that keeps what cannot be processed where other programs find it."""

    def bury(self, burials: Sequence[Burial], *, partition: int) -> None:
        """Store the entries, at least once; raises StreamUnavailable."""


class Member(Source, Protocol):
    """One member of a consumer group, used by one thread: the partitions assigned to it."""

    def gather(self, *, limit: int, seconds: float) -> list[int]:
        """Wait for entries, and return the partitions that have some in hand."""

    def keep(self) -> None:
        """Remain the owner of all that is assigned."""

    def leave(self) -> None:
        """Give everything back, so that the others go on at once."""


@runtime_checkable
class GroupStream(Protocol):
    """A stream whose server shares the partitions out among those who join."""

    def join(self) -> Member:
        """Become a member; raises StreamUnavailable."""


@lru_cache(maxsize=4_096)  # what comes together is mostly of one visitor
def partition_of(subject: str, partitions: int) -> int:
    """Return the partition of a subject: the same in every process, uniform over subjects."""
    return int.from_bytes(blake2b(subject.encode(), digest_size=4).digest(), "big") % partitions


def by_partition(events: Iterable[Event], partitions: int) -> dict[int, list[Event]]:
    """Return the events by their subjects' partitions, in order."""
    parted: dict[int, list[Event]] = {}
    for event in events:
        parted.setdefault(partition_of(event.subject, partitions), []).append(event)
    return parted


def stream_name() -> str:
    """Return what tells this stream from others: positions of one mean nothing in another."""
    kind = settings().STREAM.rpartition(".")[2].removesuffix("Stream").lower()
    return f"{kind}:{settings().STREAM_OPTIONS.get('name', '')}".removesuffix(":")


@lru_cache(maxsize=1)
def current_stream() -> Stream:
    """Return the stream that the settings name, one per process."""
    stream: Stream = import_string(settings().STREAM)(
        partitions=settings().PARTITIONS, **settings().STREAM_OPTIONS
    )
    return stream


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "PERSONALIZE":
        current_stream.cache_clear()


setting_changed.connect(_forget)
