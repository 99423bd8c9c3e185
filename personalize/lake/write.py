"""From the outboxes into the lake: once, whoever dies when.

A commit carries for every shard the last sequence that is in it. Reading goes on after what the
table itself has committed, so what was written and not yet trimmed is not written again; that only
such entries stand there, `lake.mend` sees to. And the table refuses a commit whose shard another
writer has moved on meanwhile.
"""

import json
import logging
import os
from collections.abc import Callable

from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from redis.exceptions import LockNotOwnedError

from personalize import metrics
from personalize.connections import worker_redis
from personalize.keys import SHARDS
from personalize.lake import outbox
from personalize.lake.batch import batch_of
from personalize.lake.mend import mend
from personalize.lake.row import Row
from personalize.lake.table import PROPERTIES, app_of, committed, has_lake, lake_folder, lake_table

log = logging.getLogger(__name__)

LOCK_KEY = "px:lake:write"
LOCK_SECONDS = 120
COMMIT_ROWS = 50_000
COMMIT_BYTES = 32_000_000  # of events as they waited: what a commit holds in memory is some tenfold


def write_waiting() -> int:
    """Append what waits in the outboxes and return how many rows that were.

    Does nothing while somebody else writes, which only saves work: two at once cannot write a row
    twice. Raises what the storage raises; then everything still waits.
    """
    if not has_lake():
        return 0
    lock = worker_redis().lock(LOCK_KEY, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return 0
    try:
        outbox.keep_room()
        return append_waiting(lake_table(), after_commit=lock.reacquire)
    except LockNotOwnedError:
        log.warning("A commit to the lake took longer than its lock; the next writer goes on")
        return 0
    finally:
        if lock.owned():
            lock.release()


def append_waiting(table: DeltaTable, *, after_commit: Callable[[], object]) -> int:
    """Commit chunk after chunk to the table, and trim the outboxes after each.

    The first chunk that is not full is the last: where events keep coming, some always wait.
    """
    number, is_full = 0, True
    mend(table)
    outbox.trim(_reached(table))
    while is_full:
        rows, last = _chunk(_reached(table))
        if not last:
            break
        _commit(table, rows, last)
        outbox.trim(last)
        after_commit()
        number += len(rows)
        is_full = len(rows) >= COMMIT_ROWS or sum(len(row.body) for row in rows) >= COMMIT_BYTES
    return number


def _reached(table: DeltaTable) -> dict[int, int]:
    return {shard: committed(table, shard) for shard in range(SHARDS)}


def _chunk(after: dict[int, int]) -> tuple[list[Row], dict[int, int]]:
    """Return the next rows, and the last sequence of each shard that is among them."""
    rows: list[Row] = []
    last: dict[int, int] = {}
    size = 0
    for shard, held in after.items():
        for sequence, entry in outbox.waiting(shard, after=held, keeps_unreadable=True):
            rows += entry
            last[shard] = sequence
            size += sum(len(row.body) for row in entry)
            if len(rows) >= COMMIT_ROWS or size >= COMMIT_BYTES:
                return rows, last
    return rows, last


def _commit(table: DeltaTable, rows: list[Row], last: dict[int, int]) -> None:
    done = [Transaction(app_of(shard), sequence) for shard, sequence in last.items()]
    write_deltalake(
        table,
        batch_of(rows),
        mode="append",
        writer_properties=PROPERTIES,
        commit_properties=CommitProperties(app_transactions=done),
    )
    _keep_on_disk(table)
    metrics.count("lake.rows", len(rows))
    metrics.count("lake.commits")


def _keep_on_disk(table: DeltaTable) -> None:
    """Wait until the commit is on the disk, in a folder: then the outboxes may forget it.

    The rename that makes a commit survives the death of every process, but not a power failure.
    """
    root = lake_folder()
    if root is None:  # it is on another machine, whose answer means that it is kept
        return
    entry = root / "_delta_log" / f"{table.version():020}.json"
    actions = map(json.loads, entry.read_text().splitlines())
    files = [root / action["add"]["path"] for action in actions if "add" in action]
    for path in [*files, *{file.parent for file in files}, entry, entry.parent, root]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
