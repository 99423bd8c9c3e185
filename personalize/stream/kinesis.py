"""Amazon Kinesis as the stream: a shard a partition, what was read and done is kept in Redis."""

import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from personalize.connections import worker_redis
from personalize.events.event import Event, decode_or_none, encode
from personalize.keys import partition_tally_key
from personalize.stream.accepted import accepted
from personalize.stream.kinesis_log import FIRST, KinesisLog, Taken
from personalize.stream.ownership import (
    BELL_SECONDS,
    Ownership,
    bell_key,
    run,
    unavailable_on_error,
)
from personalize.stream.protocol import Entry, Lag, by_partition

RECORDS_AT_ONCE = 1_000  # a shard gives five pages a second, so each is a large one
PAGES = 20  # may be empty, one after the other, where much has been deleted
APPEARS_SECONDS = 0.2  # a record that was taken may be read a moment later

# KEYS: state, bell. ARGV: position, number, seconds.
WRITTEN = """
if ARGV[1] > (redis.call('HGET', KEYS[1], 'written') or '') then
  redis.call('HSET', KEYS[1], 'written', ARGV[1])
end
redis.call('HINCRBY', KEYS[1], 'unread', ARGV[2])
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[3]) then return 1 end
return 0
"""

# KEYS: state, pending, tally. ARGV: position, field of the tally ('' for none) and count, in turns.
# What is handed out for the first time is what the stream took.
HAND_OUT = """
local read, times = redis.call('HGET', KEYS[1], 'read') or '', {}
for i = 1, #ARGV, 3 do
  local position = ARGV[i]
  times[#times + 1] = tonumber(redis.call('ZINCRBY', KEYS[2], 1, position))
  if position > read then
    read = position
    redis.call('HINCRBY', KEYS[1], 'unread', -1)
    if ARGV[i + 1] ~= '' then redis.call('HINCRBY', KEYS[3], ARGV[i + 1], ARGV[i + 2]) end
  end
end
redis.call('HSET', KEYS[1], 'read', read)
if read >= (redis.call('HGET', KEYS[1], 'written') or '') then
  redis.call('HSET', KEYS[1], 'unread', 0)
end
return times
"""


class _State(NamedTuple):
    """Up to which position was read and written, how much is unread, and what is not done."""

    read: str
    written: str
    unread: int
    pending: list[str]


class _Ahead:
    """What this process has fetched of a partition and not handed out."""

    def __init__(self, *, after: str, iterator: str) -> None:
        self.after = after
        self.iterator: str | None = iterator
        self.events: deque[Taken] = deque()


class KinesisStream:
    """A stream on Kinesis.

    `STREAM_OPTIONS`: `name` of the stream, which has an open shard for each of `PARTITIONS`;
    `region`; `endpoint` for another address than Amazon's. Credentials are those of boto3.
    """

    def __init__(
        self, *, partitions: int, name: str, region: str | None = None, endpoint: str | None = None
    ) -> None:
        self.partitions = partitions
        self._log = KinesisLog(name=name, partitions=partitions, region=region, endpoint=endpoint)
        self._ownership = Ownership()
        self._ahead: dict[int, _Ahead] = {}

    def append(self, events: Sequence[Event]) -> list[int]:
        """Put the events of each partition into a record, then ring.

        After a crash in between beat rings. What the stream took is counted when it is handed out:
        counted here, the count would be wrong after each answer of Kinesis that nobody has heard.
        """
        parted = by_partition(events, self.partitions)
        last = self._log.put({each: [encode(one) for one in some] for each, some in parted.items()})
        return [each for each, some in parted.items() if self._note(each, last[each], len(some))]

    def _note(self, partition: int, last: str, number: int) -> bool:
        keys = [self._key(partition), bell_key(partition)]
        return bool(run(WRITTEN, keys, [last, number, BELL_SECONDS]))

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return what was handed out and not acknowledged; when that is done, what is new."""
        state = self._state(partition)
        if state.pending:
            found = self._again(partition, state.pending[:limit])
        else:
            found = self._next(partition, after=state.read, limit=limit)
            if not found and state.written > state.read:
                time.sleep(APPEARS_SECONDS)
        if not found:
            return []
        entries = [Entry(each.position, decode_or_none(each.raw), each.raw) for each in found]
        times = self._hand_out(partition, entries)
        return [
            entry._replace(deliveries=number) for entry, number in zip(entries, times, strict=True)
        ]

    def _hand_out(self, partition: int, entries: Sequence[Entry]) -> list[int]:
        """Note and count the entries; return how often each was handed out."""
        keys = [self._key(partition), self._pending_key(partition), partition_tally_key(partition)]
        noted = [item for entry in entries for item in (entry.position, *_counted(entry))]
        times: list[int] = run(HAND_OUT, keys, noted)
        return times

    def _next(self, partition: int, *, after: str, limit: int) -> list[Taken]:
        """Return events after a position: those fetched before, or of the next pages."""
        ahead = self._ahead.pop(partition, None)
        if ahead is None or ahead.after != after:
            ahead = _Ahead(after=after, iterator=self._log.iterator(partition, at=after))
        for _ in range(PAGES):
            if ahead.events or not ahead.iterator:
                break
            page = self._log.page(ahead.iterator, limit=RECORDS_AT_ONCE)
            ahead.iterator = page.iterator
            ahead.events.extend(each for each in page.events if each.position > after)
            if page.is_end:
                break
        found = [ahead.events.popleft() for _ in range(min(limit, len(ahead.events)))]
        ahead.after = found[-1].position if found else after
        self._ahead[partition] = ahead
        return found

    def _again(self, partition: int, positions: Sequence[str]) -> list[Taken]:
        """Return the events at the positions; one that Kinesis has deleted comes without bytes."""
        found: dict[str, Taken] = {}
        iterator: str | None = self._log.iterator(partition, at=positions[0])
        for _ in range(PAGES):
            if not iterator or positions[-1] in found:
                break
            page = self._log.page(iterator, limit=RECORDS_AT_ONCE)
            iterator = page.iterator
            found.update({taken.position: taken for taken in page.events})
            if page.is_end:
                break
        now = datetime.now(UTC)
        return [found.get(each, Taken(each, b"", now)) for each in positions]

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Mark the entries as done; Kinesis deletes by age."""
        if positions:
            with unavailable_on_error():
                worker_redis().zrem(self._pending_key(partition), *positions)

    def own(self, partition: int) -> bool:
        """Take or renew the lock; while it is held, appending rings for nobody."""
        return bool(self._ownership.take(partition))

    def release(self, partition: int) -> bool:
        """Give the lock back; True when events came in since the last read."""
        if not self._ownership.give_back(partition):
            return False
        state = self._state(partition)
        return state.written > state.read

    def lag(self, partition: int) -> Lag:
        """Count what waits; what others have put into the shard counts as one until it is read."""
        state = self._state(partition)
        start = state.pending[0] if state.pending else state.read
        page = self._log.page(self._log.iterator(partition, at=start), limit=2)
        waiting = [taken for taken in page.events if taken.position > state.read or state.pending]
        is_behind = state.written > state.read or (waiting and waiting[-1].position > state.read)
        entries = len(state.pending) + (max(state.unread, 1) if is_behind else 0)
        if not (entries and waiting):
            return Lag(entries, 0.0)
        age = datetime.now(UTC) - waiting[0].arrived_at
        return Lag(entries, max(0.0, age.total_seconds()))

    def _state(self, partition: int) -> _State:
        with unavailable_on_error():
            pipeline = worker_redis().pipeline(transaction=True)
            pipeline.hmget(self._key(partition), "read", "written", "unread")
            pipeline.zrange(self._pending_key(partition), 0, -1)
            (read, written, unread), pending = pipeline.execute()
        names = sorted(name.decode() for name in pending)
        return _State(_text(read), _text(written), int(unread or 0), names)

    def _key(self, partition: int) -> str:
        return f"px:{{{partition}}}:kinesis:{self._log.name}"

    def _pending_key(self, partition: int) -> str:
        return f"{self._key(partition)}:pending"


def _text(stored: bytes | None) -> str:
    return stored.decode() if stored else FIRST


def _counted(entry: Entry) -> tuple[str, int]:
    """Return the field of the tally under which the entry counts, and as how many."""
    counts = accepted([entry.event] if entry.event else [])
    return next(iter(counts.items()), ("", 0))
