"""What a reader of a Kafka partition has in hand: handed out, and not yet done."""

from collections.abc import Iterable, Sequence
from typing import Any

from confluent_kafka import OFFSET_INVALID

from personalize.events.event import decode_or_none
from personalize.keys import partition_tally_key
from personalize.stream.accepted import accepted
from personalize.stream.ownership import handed_out, run
from personalize.stream.protocol import Entry

# KEYS: position counted last, tally. ARGV: position, field and count, in turns, in order.
COUNT = """
local last = redis.call('GET', KEYS[1]) or ''
for i = 1, #ARGV, 3 do
  if ARGV[i] > last then
    redis.call('HINCRBY', KEYS[2], ARGV[i + 1], ARGV[i + 2])
    last = ARGV[i]
  end
end
redis.call('SET', KEYS[1], last)
"""
COUNT_AT_ONCE = 1_000  # Lua unpacks at most some 8,000 values


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
        _count(entries, number=number)
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


def _count(entries: Sequence[Entry], *, number: int) -> None:
    """Count what the stream took: as it is handed out, since then nothing is counted twice.

    Counted when it was appended, the count would be wrong after each append that Kafka had stored
    and nobody had heard of.
    """
    counts = [
        (entry.position, field, str(count))
        for entry in entries
        if entry.event
        for field, count in accepted([entry.event]).items()
    ]
    keys = [f"px:{{{number}}}:taken", partition_tally_key(number)]
    for start in range(0, len(counts), COUNT_AT_ONCE):
        some = counts[start : start + COUNT_AT_ONCE]
        run(COUNT, keys, [item for each in some for item in each])


def _entry(message: Any) -> Entry:
    raw: bytes = message.value() or b""
    position = position_of(message.offset(), message.partition())
    return Entry(position, decode_or_none(raw), raw)
