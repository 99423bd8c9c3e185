"""Outboxes whose new entries stand where the lake has been already, brought behind it.

A Redis that lost its memory numbers entries by its clock alone. When that is behind, they come at
or below what the table has committed, where the writer takes them for written. Which of them the
table has is asked of the table; the others get new ids, so that nothing is lost or written twice.

May be interrupted anywhere: what was not moved stands where it stood, and is asked about again.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from deltalake import DeltaTable
from pyarrow import dataset

from personalize import metrics
from personalize.connections import worker_redis
from personalize.keys import outbox_key, profile_key
from personalize.lake import outbox
from personalize.lake.outbox import entry_id
from personalize.lake.row import Row, event_of
from personalize.lake.table import committed

log = logging.getLogger(__name__)

ROUNDS = 50

# KEYS: outbox, profile. ARGV: the profile's last entry ('' for none), then entries in order. The
# profile goes on to say that it includes its last entry, under the new id. Whoever has read it
# before, and counts up to that entry, is refused by its revision.
MOVE = """
local last = redis.call('HGET', KEYS[2], 'l') or ''
if last ~= ARGV[1] then return 0 end
for i = 2, #ARGV do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
  if entry then
    local id = redis.call('XADD', KEYS[1], '*', unpack(entry[2]))
    redis.call('XDEL', KEYS[1], ARGV[i])
    if ARGV[i] == last then
      redis.call('HSET', KEYS[2], 'l', id)
      redis.call('HINCRBY', KEYS[2], 'r', 1)
    end
  end
end
return 1
"""


class _Place(NamedTuple):
    """Where a row waits, and what it is known by."""

    sequence: int
    subject: str
    message_id: str


class Unmended(Exception):
    """Visitors' entries came faster than they could be moved; nothing was lost, try again."""


def mend(table: DeltaTable) -> int:
    """Bring what the table does not have behind what it has; return how many entries that were.

    Raises Unmended; then nothing may be trimmed.
    """
    moved = 0
    for shard, last in enumerate(outbox.last_sequences()):
        held = committed(table, shard)
        if last < held:
            outbox.number_above(shard, held)  # from here on nothing comes at or below it
        if lost := _lost(table, shard, held):
            moved += _move(shard, lost, held)
    if moved:
        metrics.count("lake.mended", moved)
        log.warning("Redis had gone back behind the lake: %d entries were brought over", moved)
    return moved


def _lost(table: DeltaTable, shard: int, held: int) -> dict[str, list[int]]:
    """Return the entries up to the sequence that the table does not have, by subject, in order."""
    waiting = outbox.waiting(shard, after=0, upto=held, keeps_unreadable=True)
    places = [place for sequence, rows in waiting for place in _places(sequence, rows)]
    kept = _in_table(table, shard, {place.sequence for place in places}) if places else set()
    lost: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for place in places:
        if place not in kept:
            lost[place.subject][place.sequence] = None
    return {subject: list(sequences) for subject, sequences in lost.items()}


def _in_table(table: DeltaTable, shard: int, sequences: Collection[int]) -> set[_Place]:
    sequence = dataset.field("sequence")
    is_near = (sequence >= min(sequences)) & (sequence <= max(sequences))  # passes files over
    is_meant = (dataset.field("shard") == shard) & is_near & sequence.isin(list(sequences))
    rows = table.to_pyarrow_dataset().to_table(columns=list(_Place._fields), filter=is_meant)
    return {_Place(**row) for row in rows.to_pylist()}


def _move(shard: int, lost: Mapping[str, list[int]], held: int) -> int:
    """Give the entries new ids, and also what their subjects have behind them: it stays in order.

    A subject that has got another entry meanwhile is read on and tried again.
    """
    chosen, left, after, moved = {**lost}, list(lost), held, 0
    for _ in range(ROUNDS):
        last_entries = _last_entries(left)
        for sequence, rows in outbox.waiting(shard, after=after):
            after = sequence
            for subject in {place.subject for place in _places(sequence, rows)} & chosen.keys():
                chosen[subject].append(sequence)
        for subject, last in last_entries.items():
            if _moved(shard, subject, last, chosen[subject]):
                moved += len(chosen.pop(subject))
        left = [subject for subject in left if subject in chosen]
        if not left:
            return moved
    raise Unmended(f"{len(left)} subjects of shard {shard}")


def _last_entries(subjects: Iterable[str]) -> dict[str, bytes]:
    pipeline = worker_redis().pipeline(transaction=False)
    for subject in subjects:
        pipeline.hget(profile_key(subject), "l")
    return {each: last or b"" for each, last in zip(subjects, pipeline.execute(), strict=True)}


def _moved(shard: int, subject: str, last: bytes, sequences: Iterable[int]) -> bool:
    names = (outbox_key(shard), profile_key(subject))
    moved: Any = worker_redis().eval(MOVE, len(names), *names, last, *map(entry_id, sequences))
    return bool(moved)


def _places(sequence: int, rows: Iterable[Row]) -> Iterable[_Place]:
    for row in rows:
        event = event_of(row.body)
        yield _Place(sequence, event.subject, event.message_id)
