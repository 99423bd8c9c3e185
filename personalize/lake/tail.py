"""What took effect after a place in the lake: its newest rows, and what still waits for it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from personalize.keys import SHARDS
from personalize.lake import outbox
from personalize.lake.leases import reading
from personalize.lake.read import event_batches
from personalize.lake.row import event_of
from personalize.lake.table import committed, lake_table

NOTHING: Mapping[int, int] = dict.fromkeys(range(SHARDS), 0)


class Late(NamedTuple):
    """A row in the tail, not decoded."""

    sequence: int
    body: bytes


def reach() -> dict[int, int]:
    """Return the last sequence of each shard that the lake holds."""
    table = lake_table()
    return {shard: committed(table, shard) for shard in range(SHARDS)}


def within(events: Any, *, after: Mapping[int, int], upto: Mapping[int, int]) -> Any:
    """Return the condition on rows of the lake: after one place, and not after another."""
    shards = [
        (events.shard == shard) & (events.sequence > after[shard]) & (events.sequence <= last)
        for shard, last in upto.items()
        if last > after[shard]
    ]
    return reduce(or_, shards) if shards else events.sequence < 0


class Tail:
    """The rows after a place, by subject; it is read on as far as somebody asks.

    The lake's writer trims the outboxes meanwhile. So they are read first and then the table: what
    was trimmed before an outbox was read, the table has.
    """

    def __init__(self, after: Mapping[int, int]) -> None:
        self.at = dict(after)
        self._rows: defaultdict[str, list[Late]] = defaultdict(list)

    def of(self, subject: str, *, after: int) -> list[Late]:
        """Return what has been read of the subject, from after a sequence, in order of effect."""
        rows = self._rows.get(subject, ())
        return [row for row in rows if row.sequence > after]

    def read_on(self) -> None:
        """Read what has come since."""
        waiting = {
            shard: list(outbox.waiting(shard, after=after)) for shard, after in self.at.items()
        }
        done = reach()
        for subject, late in self._from_lake(done):
            self._rows[subject].append(late)
        for shard, entries in waiting.items():
            last = max(self.at[shard], done[shard])
            for sequence, rows in entries:
                if sequence > last:
                    for row in rows:
                        subject = event_of(row.body).subject
                        self._rows[subject].append(Late(sequence, row.body))
            self.at[shard] = max([last, *(sequence for sequence, _ in entries)])

    def _from_lake(self, upto: Mapping[int, int]) -> Iterator[tuple[str, Late]]:
        if all(upto[shard] <= after for shard, after in self.at.items()):
            return
        after = dict(self.at)
        with reading():
            for batch in event_batches(where=lambda events: within(events, after=after, upto=upto)):
                columns = (batch[name].to_pylist() for name in ("subject", "sequence", "body"))
                for subject, sequence, body in zip(*columns, strict=True):
                    yield subject, Late(sequence, body)
