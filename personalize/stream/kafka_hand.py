"""What a reader of a Kafka partition has in hand: handed out, and not yet done."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from confluent_kafka import OFFSET_INVALID

from personalize.events.event import Event, decode
from personalize.stream.ownership import handed_out
from personalize.stream.protocol import Entry


class Hand:
    """The entries of one partition in order, until they are done.

    Kafka remembers one offset a partition, below which all is done; what was done above it is known
    only here, and is repeated without effect when this reader dies.
    """

    def __init__(self) -> None:
        self.next_offset = OFFSET_INVALID
        self._entries: dict[str, Entry] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def take(self, messages: Iterable[Any]) -> None:
        """Add what was read behind what is there."""
        for message in messages:
            entry = _entry(message)
            self._entries[entry.position] = entry
            self.next_offset = message.offset() + 1

    def first(self, limit: int, *, number: int) -> list[Entry]:
        """Return the first entries, with how often they were handed out in the stream's partition.

        Raises StreamUnavailable when Redis cannot count it.
        """
        entries = list(self._entries.values())[:limit]
        if not entries:
            return []
        times = handed_out(number, entries[0].position)
        return [entry._replace(deliveries=times) for entry in entries]

    def offset_without(self, positions: Sequence[str]) -> int:
        """Return the offset below which all is done once these positions are done as well."""
        finished = set(positions)
        left = (position for position in self._entries if position not in finished)
        lowest = next(left, None)
        return self.next_offset if lowest is None else offset_of(lowest)

    def drop(self, positions: Sequence[str]) -> None:
        """Forget what is done."""
        for position in positions:
            self._entries.pop(position, None)


def position_of(offset: int, partition: int) -> str:
    """Return the position of an offset: text that sorts by it, and no other partition's."""
    return f"{offset:020}-{partition}"


def offset_of(position: str) -> int:
    """Return the offset of a position."""
    return int(position.split("-")[0])


def _entry(message: Any) -> Entry:
    raw: bytes = message.value() or b""
    try:
        event: Event | None = decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        event = None
    return Entry(position_of(message.offset(), message.partition()), event, raw)
