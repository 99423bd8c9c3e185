"""The outboxes: what took effect and is not in the lake yet, one Redis stream a shard.

An entry holds events of one subject, written along with the subject's profile. Its id as one
number is the `sequence`: it rises within a shard, so it is the order in which events took effect.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from redis.exceptions import ResponseError

from personalize import metrics
from personalize.connections import worker_redis
from personalize.events.event import Event, decode
from personalize.keys import SHARDS, outbox_key, shard_of
from personalize.lake.row import Row, decode_rows, encode_rows

FIELD = b"e"
ENTRIES_AT_ONCE = 100
MOST_UNREADABLE = 1_000  # of a shard, kept to look at
BITS = 20  # of a sequence for the second half of an entry's id: a million entries a millisecond
LITTLE_ROOM = 1 << BITS - 1  # where a clock stands still, all ids are of one millisecond

# KEYS: outbox. ARGV: id. Nothing is done when ids are above it already.
NUMBER_ABOVE = """
local added = redis.pcall('XADD', KEYS[1], ARGV[1], 'e', '')
if type(added) == 'string' then redis.call('XDEL', KEYS[1], added) end
"""


def put(subject: str, events: Sequence[Event]) -> int:
    """Write the events of a subject to its outbox by themselves, and return their sequence.

    The pipeline does the same in the write of a profile; this is for what has none.
    """
    key = outbox_key(shard_of(subject))
    added: Any = worker_redis().xadd(key, {FIELD: encode_rows(events)})
    return sequence_of(added)


def waiting(
    shard: int, *, after: int, upto: int | None = None, keeps_unreadable: bool = False
) -> Iterator[tuple[int, list[Row]]]:
    """Yield the sequence and the rows of each entry after a sequence, up to another, oldest first.

    Rows that cannot be read are left out; the lake's writer, who trims them, `keeps_unreadable`
    ones: the latest are in a stream of their own.
    """
    client, key = worker_redis(), outbox_key(shard)
    end = "+" if upto is None else entry_id(upto)
    while True:
        found: Any = client.xrange(key, entry_id(after + 1), end, count=ENTRIES_AT_ONCE)
        for name, fields in found:
            after = sequence_of(name)
            rows, unreadable = _read(fields.get(FIELD, b""), shard=shard, sequence=after)
            if keeps_unreadable:
                _set_aside(unreadable, shard)
            yield after, rows
        if len(found) < ENTRIES_AT_ONCE:
            return


def trim(committed: dict[int, int]) -> None:
    """Delete the entries up to each shard's sequence: the lake has them."""
    pipeline = worker_redis().pipeline(transaction=False)
    for shard, sequence in committed.items():
        pipeline.xtrim(outbox_key(shard), minid=entry_id(sequence + 1), approximate=False)
    pipeline.execute()


def number_waiting() -> int:
    """Return how many entries the lake does not have yet."""
    pipeline = worker_redis().pipeline(transaction=False)
    for shard in range(SHARDS):
        pipeline.xlen(outbox_key(shard))
    return sum(pipeline.execute())


def oldest_at(shard: int) -> int | None:
    """Return when the oldest waiting entry of a shard was made, in ms by the clock of Redis.

    It is 0, any time, for an entry that is numbered ahead of that clock.
    """
    client = worker_redis()
    found: Any = client.xrange(outbox_key(shard), count=1)
    if not found:
        return None
    at = sequence_of(found[0][0]) >> BITS
    seconds, microseconds = client.time()
    return at if at <= seconds * 1_000 + microseconds // 1_000 else 0


def last_sequences() -> list[int]:
    """Return the last sequence that each shard has given out, 0 for none."""
    pipeline = worker_redis().pipeline(transaction=False)
    for shard in range(SHARDS):
        pipeline.xinfo_stream(outbox_key(shard))
    replies = pipeline.execute(raise_on_error=False)
    return [_last_of(reply) for reply in replies]


def number_above(shard: int, sequence: int) -> None:
    """Let the shard give out only sequences above this one, whatever the clock of Redis says."""
    name = f"{(sequence >> BITS) + 1}-0"
    worker_redis().eval(NUMBER_ABOVE, 1, outbox_key(shard), name)


def keep_room() -> None:
    """Go on to another millisecond where a clock that stands has used half of one's ids."""
    for shard, last in enumerate(last_sequences()):
        if last & (1 << BITS) - 1 >= LITTLE_ROOM:
            number_above(shard, last)


def sequence_of(name: bytes | str) -> int:
    """Return the id of an entry as one number.

    >>> sequence_of("2-3") == 2 * 2**20 + 3
    True
    """
    text = name.decode() if isinstance(name, bytes) else name
    milliseconds, number = text.split("-")
    return (int(milliseconds) << BITS) + int(number)


def entry_id(sequence: int) -> str:
    """Return the id that a sequence stands for."""
    return f"{sequence >> BITS}-{sequence & (1 << BITS) - 1}"


def _last_of(reply: Any) -> int:
    if isinstance(reply, ResponseError):
        if "no such key" not in str(reply):
            raise reply
        return 0
    return sequence_of(reply["last-generated-id"])


def _read(field: bytes, *, shard: int, sequence: int) -> tuple[list[Row], list[bytes]]:
    """Return the rows of an entry, and what cannot be read of it."""
    try:
        rows = list(decode_rows(field, shard=shard, sequence=sequence))
    except msgspec.MsgspecError:
        return [], [field]
    readable, unreadable = [], []
    for row in rows:
        try:
            decode(row.body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            unreadable.append(row.body)
        else:
            readable.append(row)
    return readable, unreadable


def _set_aside(unreadable: Sequence[bytes], shard: int) -> None:
    for raw in unreadable:
        metrics.count("lake.unreadable")
        key = f"{outbox_key(shard)}:unreadable"
        worker_redis().xadd(key, {FIELD: raw}, maxlen=MOST_UNREADABLE, approximate=False)
