"""Redis Streams as the stream: one stream a partition, one consumer group, one owner by lock."""

from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any, TypeVar

from redis.exceptions import NoScriptError, ResponseError

from personalize.connections import ask_to_collect, collect_redis, worker_redis
from personalize.events.event import Event, decode_or_none, encode
from personalize.keys import partition_tally_key
from personalize.stream.accepted import accepted
from personalize.stream.ownership import (
    BELL_SECONDS,
    Ownership,
    bell_key,
    owner_key,
    run,
    unavailable_on_error,
)
from personalize.stream.protocol import Entry, Lag, by_partition

# Constant: what a dead owner left pending is the next owner's, without claiming or idle times.
CONSUMER = "owner"
ACKNOWLEDGE_AT_ONCE = 1_000  # Lua unpacks at most some 8,000 values

# KEYS: events, bell, tally. ARGV: seconds, length of the list of fields and counts, that list,
# events. One command a partition: a command costs the client more than ten cost the server.
APPEND = """
local first = ARGV[2] + 3
for i = 3, first - 1, 2 do redis.call('HINCRBY', KEYS[3], ARGV[i], ARGV[i + 1]) end
for i = first, #ARGV do redis.call('XADD', KEYS[1], '*', 'e', ARGV[i]) end
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[1]) then return 1 end
return 0
"""
APPEND_SHA = sha1(APPEND.encode(), usedforsecurity=False).hexdigest()  # how Redis names the script

# KEYS: owner, bell, events. ARGV: token, group. The bell falls silent and the stream is looked at
# in one step, so an event that comes in meanwhile is either seen here or rings anew.
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
local read = '-'
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[3])) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  if group['name'] == ARGV[2] then read = '(' .. group['last-delivered-id'] end
end
return #redis.call('XRANGE', KEYS[3], read, '+', 'COUNT', 1)
"""

# KEYS: events. ARGV: group, ids. Trims below the lowest entry that any group still needs: its
# oldest pending one, or the one after its last delivered. A limit on the length would drop unread
# entries.
ACKNOWLEDGE = """
redis.call('XACK', KEYS[1], unpack(ARGV))
local lowest, lowest_ms, lowest_seq
for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  local needed, after = group['last-delivered-id'], 1
  if group['pending'] > 0 then
    needed, after = redis.call('XPENDING', KEYS[1], group['name'])[2], 0
  end
  local ms, seq = string.match(needed, '(%d+)-(%d+)')
  ms, seq = tonumber(ms), tonumber(seq) + after
  if not lowest or ms < lowest_ms or (ms == lowest_ms and seq < lowest_seq) then
    lowest, lowest_ms, lowest_seq = string.format('%.0f-%.0f', ms, seq), ms, seq
  end
end
if lowest then redis.call('XTRIM', KEYS[1], 'MINID', '=', lowest) end
"""

T = TypeVar("T")


class RedisStream:
    """A stream on Redis 7.0 or later. `STREAM_OPTIONS`: `group`, the name of the consumer group."""

    def __init__(self, *, partitions: int, group: str = "personalize") -> None:
        self.partitions = partitions
        self.group = group
        self._ownership = Ownership()

    def append(self, events: Sequence[Event]) -> list[int]:
        """Store the events and touch the doorbells, in one round trip."""
        parted = by_partition(events, self.partitions)
        with unavailable_on_error():
            try:
                rings = _append(parted)
            except NoScriptError:  # the first time, and after a restart; nothing was stored
                collect_redis().script_load(APPEND)
                rings = _append(parted)
        return [partition for partition, rang in zip(parted, rings, strict=True) if rang]

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return what was handed out and not acknowledged; when that is done, what is new."""
        key = events_key(partition)

        def read_group() -> list[Entry]:
            client = worker_redis()
            pipeline = client.pipeline(transaction=False)
            pipeline.xreadgroup(self.group, CONSUMER, {key: "0"}, count=limit)
            pipeline.xpending_range(key, self.group, "-", "+", limit, CONSUMER)
            again, pending = pipeline.execute()
            deliveries = {item["message_id"]: item["times_delivered"] for item in pending}
            return _entries(again, deliveries) or _entries(
                client.xreadgroup(self.group, CONSUMER, {key: ">"}, count=limit), {}
            )

        return self._in_group(partition, read_group)

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Mark the entries as done, and trim what no group needs any more."""
        for start in range(0, len(positions), ACKNOWLEDGE_AT_ONCE):
            ids = [_entry_id(item) for item in positions[start : start + ACKNOWLEDGE_AT_ONCE]]
            run(ACKNOWLEDGE, [events_key(partition)], [self.group, *ids])

    def own(self, partition: int) -> bool:
        """Take or renew the lock; while it is held, appending rings for nobody."""
        return bool(self._ownership.take(partition))

    def release(self, partition: int) -> bool:
        """Give the lock back; True when events came in since the last read."""
        keys = [owner_key(partition), bell_key(partition), events_key(partition)]
        return bool(run(RELEASE, keys, [self._ownership.token, self.group]))

    def lag(self, partition: int) -> Lag:
        """Count what waits; the age of the oldest is by Redis's own clock, which made the ids."""
        key = events_key(partition)

        def measure() -> Lag:
            pipeline = worker_redis().pipeline(transaction=False)
            pipeline.xpending(key, self.group)
            pipeline.xinfo_groups(key)
            pipeline.xlen(key)
            pipeline.time()
            pending, groups, length, (seconds, _) = pipeline.execute()
            group = next(item for item in groups if item["name"].decode() == self.group)
            # Redis cannot tell the lag after some deletions; then every entry left counts.
            unread = length if group["lag"] is None else group["lag"]
            oldest = pending["min"] or self._first_after(key, group["last-delivered-id"])
            if oldest is None:
                return Lag(0, 0.0)
            age = seconds - int(oldest.split(b"-")[0]) / 1000
            return Lag(pending["pending"] + unread, max(0.0, age))

        return self._in_group(partition, measure)

    def _first_after(self, key: str, entry_id: bytes) -> bytes | None:
        found: Any = worker_redis().xrange(key, "(" + entry_id.decode(), "+", count=1)
        return found[0][0] if found else None

    def _in_group(self, partition: int, work: Callable[[], T]) -> T:
        """Do the work; where Redis has no such group (new, or forgotten), make it first.

        It starts at 0: acknowledged entries are trimmed, and profiles skip what they have seen.
        """
        with unavailable_on_error():
            try:
                return work()
            except ResponseError as error:
                if "NOGROUP" not in str(error) and "no such key" not in str(error):
                    raise
            try:
                worker_redis().xgroup_create(events_key(partition), self.group, "0", mkstream=True)
            except ResponseError as error:  # somebody else was faster
                if "BUSYGROUP" not in str(error):
                    raise
            return work()


def events_key(partition: int) -> str:
    """Return the key of the partition's stream; braces keep its keys on one cluster node."""
    return f"px:{{{partition}}}:events"


def _append(parted: dict[int, list[Event]]) -> list[Any]:
    return ask_to_collect(*(_call(partition, events) for partition, events in parted.items()))


def _call(partition: int, events: list[Event]) -> tuple[bytes | str | int, ...]:
    counted = [item for pair in accepted(events).items() for item in pair]
    keys = (events_key(partition), bell_key(partition), partition_tally_key(partition))
    encoded = map(encode, events)
    return ("EVALSHA", APPEND_SHA, 3, *keys, BELL_SECONDS, len(counted), *counted, *encoded)


def _entries(reply: Any, deliveries: dict[bytes, int]) -> list[Entry]:
    found = reply[0][1] if reply else []
    return [
        # An entry that was deleted while pending comes back without fields.
        _entry(entry_id, (fields or {}).get(b"e", b""), deliveries.get(entry_id, 1))
        for entry_id, fields in found
    ]


def _entry(entry_id: bytes, raw: bytes, deliveries: int) -> Entry:
    return Entry(_position(entry_id), decode_or_none(raw), raw, deliveries)


def _position(entry_id: bytes) -> str:
    milliseconds, sequence = entry_id.decode().split("-")
    return f"{milliseconds:0>14}-{sequence:0>10}"


def _entry_id(position: str) -> str:
    milliseconds, sequence = position.split("-")
    return f"{int(milliseconds)}-{int(sequence)}"
