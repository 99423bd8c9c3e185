"""Keep the lake in order: few and large files, no longer than allowed, nothing of the erased.

All of it works beside writers and readers: a commit that another has overtaken is refused by the
table, changes nothing, and is made again by the next turn.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from redis.exceptions import LockNotOwnedError

from personalize.conf import settings
from personalize.connections import worker_redis
from personalize.events.event import SYSTEM
from personalize.keys import HOUR_MS, shard_of
from personalize.lake import leases, outbox
from personalize.lake.read import connect, events_table
from personalize.lake.table import PROPERTIES, keep_all_on_disk, lake_table
from personalize.lake.write import write_waiting
from personalize.models.lake import LakeErasure

log = logging.getLogger(__name__)

TARGET_BYTES = 128_000_000
MANY_FILES = 60  # small ones of a day: ten minutes' commits
ORPHAN_HOURS = 24  # what a killed writer left behind; a living one commits within minutes
VACUUM_HOURS = 24  # for queries that run, and for going back to what was deleted by mistake
ENTRIES_A_DELETE = 5_000

# In the commit of a deletion: how many events of clients it removes, as JSON, a list of (hour of
# receipt since the epoch, source, number).
REMOVED_ROWS = "personalize.removed"

LOCK_KEY = "px:lake:maintain"
LOCK_SECONDS = 600  # renewed after each step; for as long as that a dead one holds others up
DONE_KEY = "px:lake:tidied"  # the last day on which `tidy` was done


@dataclass(frozen=True, slots=True)
class Status:
    """What there is in the lake, and what it still has to do."""

    url: str
    version: int
    rows: int
    files: int
    small_files: int
    bytes: int
    first_day: str
    last_day: str
    waiting_entries: int
    pending_erasures: int
    retention_days: int

    def as_json(self) -> dict[str, Any]:
        """Return the status as plain values."""
        return asdict(self)


def status() -> Status:
    """Return what the table's log and the outboxes tell; no file is read."""
    table = lake_table()
    files = _files(table)
    days = [file["partition.day"] for file in files]
    return Status(
        url=settings().LAKE_URL,
        version=table.version(),
        rows=sum(file["num_records"] for file in files),
        files=len(files),
        small_files=sum(_small_files(files).values()),
        bytes=sum(file["size_bytes"] for file in files),
        first_day=min(days, default=""),
        last_day=max(days, default=""),
        waiting_entries=outbox.number_waiting(),
        pending_erasures=LakeErasure.objects.count(),
        retention_days=settings().LAKE_RETENTION_DAYS,
    )


def _go_on() -> None:
    """Do what one without a lock does between two steps."""


def compact(*, least: int = 2, after_step: Callable[[], object] = _go_on) -> int:
    """Join the small files of each day that has at least so many; return how many days that were.

    A day at a time, so that what is done is done when it is interrupted.
    """
    table = lake_table()
    days = [day for day, number in sorted(_small_files(_files(table)).items()) if number >= least]
    for day in days:
        table.optimize.compact(
            partition_filters=[("day", "=", day)],
            target_size=TARGET_BYTES,
            max_concurrent_tasks=1,  # each holds a file in memory
            writer_properties=PROPERTIES,
        )
        after_step()
    return len(days)


def forget_old(*, today: date) -> int:
    """Delete the days before the last `LAKE_RETENTION_DAYS`; return how many rows that were."""
    first_kept = today - timedelta(days=settings().LAKE_RETENTION_DAYS)
    return _delete(lake_table(), f"day < '{first_kept.isoformat()}'")


def vacuum(*, hours: int) -> int | None:
    """Remove the files that left the table so many hours ago; return how many.

    Nothing goes while somebody reads whole files of the table (`lake.leases`): then it is None.
    """
    keep_all_on_disk()
    if leases.somebody_reads():
        return None
    done = lake_table().vacuum(hours, dry_run=False, enforce_retention_duration=False)
    return len(done)


def remove_orphans(*, hours: int = ORPHAN_HOURS) -> int:
    """Remove files that never came into the table: of writers killed or refused. Returns how many.

    Not younger ones: a file is written before its commit.
    """
    keep_all_on_disk()
    done = lake_table().vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    return len(done)


def erase_pending(*, after_step: Callable[[], object] = _go_on) -> int:
    """Remove the rows of subjects whose erasure is pending, and the files that held them.

    Returns how many erasures are done. One stays pending while its events may still wait in an
    outbox, or somebody reads the files; a later turn does it.
    """
    if not LakeErasure.objects.exists():
        return 0
    write_waiting()
    pending = [each for each in LakeErasure.objects.all() if _is_written(each)]
    if not pending or leases.somebody_reads():
        return 0
    table = lake_table()
    for condition in _conditions(_entries_of(pending)):
        _delete(table, condition)
        after_step()
    if vacuum(hours=0) is None:  # somebody has begun to read meanwhile; to do it again does no harm
        return 0
    return LakeErasure.objects.filter(pk__in=[each.pk for each in pending]).delete()[0]


def maintain(*, now: datetime) -> None:
    """Do what is due: erasures and days of many files at once, the rest once a day (UTC).

    Does nothing while somebody else does it.
    """
    client = worker_redis()
    lock = client.lock(LOCK_KEY, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return
    try:
        erase_pending(after_step=lock.reacquire)
        lock.reacquire()
        compact(least=MANY_FILES, after_step=lock.reacquire)
        today = now.date().isoformat()
        if client.get(DONE_KEY) != today.encode():
            tidy(today=now.date(), after_step=lock.reacquire)
            client.set(DONE_KEY, today)
    except LockNotOwnedError:
        log.warning("A step of the lake's maintenance outlasted its lock; the next turn goes on")
    finally:
        if lock.owned():
            lock.release()


def tidy(*, today: date, after_step: Callable[[], object] = _go_on) -> None:
    """Do what is due once a day: retention, compaction, and the files that are left over."""
    forgotten = forget_old(today=today)
    after_step()
    days = compact(after_step=after_step)
    files = vacuum(hours=VACUUM_HOURS) or 0
    after_step()
    files += remove_orphans()
    log.info("Lake: %d rows forgotten, %d days joined, %d files removed", forgotten, days, files)


def _files(table: DeltaTable) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return files


def _small_files(files: Iterable[dict[str, Any]]) -> Counter[str]:
    """Return how many files of each day are worth joining."""
    small = (file for file in files if file["size_bytes"] < TARGET_BYTES // 2)
    return Counter(file["partition.day"] for file in small)


def _is_written(erasure: LakeErasure) -> bool:
    """Whether no event of before the erasure can wait in the subject's outbox any more."""
    oldest = outbox.oldest_at(shard_of(erasure.subject))
    return oldest is None or oldest > _milliseconds(erasure.asked_at)


def _entries_of(erasures: Sequence[LakeErasure]) -> list[dict[str, Any]]:
    """Return day, shard and sequence of what holds the subjects' rows; an entry has one subject."""
    backend = connect()
    asked = {
        "subject": [each.subject for each in erasures],
        "asked_at": [_milliseconds(each.asked_at) for each in erasures],
    }
    backend.con.register("erasures", pa.table(asked))
    events, erased = events_table(backend), backend.table("erasures")
    is_meant = (events.subject == erased.subject) & (events.received_at <= erased.asked_at)
    found = events.join(erased, is_meant).select("day", "shard", "sequence").distinct()
    entries: list[dict[str, Any]] = found.order_by("shard", "sequence").to_pyarrow().to_pylist()
    return entries


def _conditions(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what selects the entries' rows, without a word of whose they are.

    The table's log keeps the condition of a deletion for days: a subject must not stand in it.
    """
    for start in range(0, len(entries), ENTRIES_A_DELETE):
        some = entries[start : start + ENTRIES_A_DELETE]
        days = ", ".join(sorted({f"'{entry['day']}'" for entry in some}))
        shards: dict[int, set[int]] = {}
        for entry in some:
            shards.setdefault(entry["shard"], set()).add(entry["sequence"])
        chosen = " OR ".join(
            f"(shard = {shard} AND sequence IN ({', '.join(map(str, sorted(sequences)))}))"
            for shard, sequences in shards.items()
        )
        yield f"day IN ({days}) AND ({chosen})"


def _delete(table: DeltaTable, condition: str) -> int:
    """Delete the rows and return how many; the commit tells what left, so that audits add up."""
    backend = connect()
    events = backend.compile(events_table(backend, table=table))
    systems = ", ".join(f"'{each}'" for each in sorted(SYSTEM))
    counted = backend.con.sql(
        f"SELECT received_at // {HOUR_MS}, source, count(*) FROM ({events}) "  # noqa: S608
        f"WHERE ({condition}) AND type NOT IN ({systems}) GROUP BY ALL"
    ).fetchall()
    removed = CommitProperties(custom_metadata={REMOVED_ROWS: json.dumps(counted)})
    done = table.delete(condition, writer_properties=PROPERTIES, commit_properties=removed)
    return int(done["num_deleted_rows"] or 0)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)
