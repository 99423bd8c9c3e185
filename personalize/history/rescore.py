"""The lake's events judged anew, after the list of bots or a threshold has changed.

Only rows whose mark changes are written, a commit a day; then the profiles of those subjects are
made anew. Killed on the way it can be done again: what is judged already does not change again, and
whom it concerned Redis remembers until their profiles are made. A profile that knows more than the
lake does, not counting what is a bot's now, stays: it was made of what the lake no longer holds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from deltalake.exceptions import CommitFailedError
from redis.exceptions import LockError

from personalize.clean.load import load_policies
from personalize.clean.policy import Policies
from personalize.clean.rejudge import rejudged
from personalize.connections import worker_redis
from personalize.events.event import SYSTEM, decode, encode
from personalize.history.job import Progress, sole
from personalize.history.rebuild import Rebuilt, rebuild, with_handed
from personalize.lake.batch import batch_of
from personalize.lake.leases import reading
from personalize.lake.read import arrow_batches, connect, events_table
from personalize.lake.row import Row
from personalize.lake.schema import PARTITION
from personalize.lake.table import PROPERTIES, lake_table, number_of_rows
from personalize.lake.write import LOCK_KEY, LOCK_SECONDS, write_waiting
from personalize.progress import Watch, unwatched

SUBJECTS_KEY = "px:history:rescored"
EXPLAINED_KEY = "px:history:rescored:bots"
JUDGING = 0.6  # of the time; making profiles anew takes the rest
ATTEMPTS = 5  # of a commit, against whoever joins files meanwhile
ROWS_AT_ONCE = 50_000
SAME_ROW = " AND ".join(f"old.{name} = new.{name}" for name in ("shard", "sequence", "number"))


@dataclass(slots=True)
class Rescored:
    """How many events were judged and are bots' now, or no longer; and what became of whom."""

    rows: int = 0
    now_bots: int = 0
    now_people: int = 0
    reworded: int = 0
    without_agent: int = 0  # judged by their other evidence alone
    subjects: set[str] = field(default_factory=set)
    rebuilt: Rebuilt | None = None
    waiting: Counter[str] = field(default_factory=Counter)  # now bots', of what is to be committed


def rescore(*, is_trial: bool = False, watch: Watch = unwatched) -> Rescored:
    """Judge all events anew, and make the profiles concerned anew. A trial only counts.

    Raises NoLake, Busy, and what the storage raises.
    """
    rescored, policies = Rescored(), load_policies()
    with sole("rescore", watch=watch) as progress:
        progress.enter("judging", part=JUDGING)
        write_waiting()
        progress.expect(number_of_rows())
        with reading():
            for day in _days():
                for rows in _changed(day, policies, rescored, progress):
                    if not is_trial:
                        _remember(rescored.waiting)
                        _commit(day, rows)
                        _explain(rescored.waiting)
                        rescored.waiting.clear()
        if not is_trial and (subjects := _remembered()):
            explained = with_handed(_explained())
            rescored.rebuilt = rebuild(subjects=subjects, explained=explained, held=progress)
            worker_redis().unlink(SUBJECTS_KEY, EXPLAINED_KEY)
    return rescored


def _remember(subjects: Iterable[str]) -> None:
    """Note whose profiles are to be made anew, before the lake says so."""
    if names := list(subjects):
        worker_redis().sadd(SUBJECTS_KEY, *names)


def _explain(numbers: Mapping[str, int]) -> None:
    """Note how many events a profile loses, once the lake says so.

    Killed before it is noted, the profile seems to know more than the lake, and stays.
    """
    pipeline = worker_redis().pipeline(transaction=False)
    for subject, number in numbers.items():
        if number:
            pipeline.hincrby(EXPLAINED_KEY, subject, number)
    pipeline.execute()


def _remembered() -> set[str]:
    names: Any = worker_redis().smembers(SUBJECTS_KEY)
    return {name.decode() for name in names}


def _explained() -> dict[str, int]:
    numbers: Any = worker_redis().hgetall(EXPLAINED_KEY)
    return {subject.decode(): int(number) for subject, number in numbers.items()}


def _days() -> list[str]:
    return sorted({partition[PARTITION] for partition in lake_table().partitions()})


def _changed(
    day: str, policies: Policies, rescored: Rescored, progress: Progress
) -> Iterator[list[Row]]:
    """Yield the rows of a day that are to be written, some at a time."""
    connection, changed = connect(), []
    events = events_table(connection, first_day=day, last_day=day)
    columns = ("shard", "sequence", "number", "body")
    asked = events.filter(events.type.notin(sorted(SYSTEM))).select(*columns)
    for batch in arrow_batches(connection, asked):
        for row in map(Row._make, zip(*(batch[name].to_pylist() for name in columns), strict=True)):
            changed += _judged(row, policies, rescored)
        progress.add(batch.num_rows)
        if len(changed) >= ROWS_AT_ONCE:
            yield changed
            changed = []
    if changed:
        yield changed


def _judged(row: Row, policies: Policies, rescored: Rescored) -> list[Row]:
    event = decode(row.body)
    threshold = policies.of_source(event.source).bot_threshold
    judged = rejudged(event, threshold=threshold)
    rescored.rows += 1
    rescored.without_agent += "user_agent" not in event.context
    if judged is event:
        return []
    if bool(judged.bot) == bool(event.bot):
        rescored.reworded += 1
    else:
        rescored.subjects.add(event.subject)
        rescored.waiting[event.subject] += bool(judged.bot)
        rescored.now_bots += bool(judged.bot)
        rescored.now_people += not judged.bot
    return [row._replace(body=encode(judged))]


def _commit(day: str, rows: list[Row]) -> None:
    """Write the rows in place of those of before, while the lake's writer waits."""
    new = pa.Table.from_batches([batch_of(rows)])
    with _writer_waiting():
        for attempt in range(ATTEMPTS):
            merger = lake_table().merge(
                new,
                f"old.{PARTITION} = '{day}' AND new.{PARTITION} = '{day}' AND {SAME_ROW}",
                source_alias="new",
                target_alias="old",
                writer_properties=PROPERTIES,
            )
            try:
                merger.when_matched_update_all().execute()
                return
            except CommitFailedError:
                if attempt == ATTEMPTS - 1:
                    raise


@contextmanager
def _writer_waiting() -> Iterator[None]:
    """Keep the writer from overtaking; one that no longer waits only costs another attempt."""
    lock = worker_redis().lock(LOCK_KEY, timeout=LOCK_SECONDS, blocking_timeout=LOCK_SECONDS)
    lock.acquire()
    try:
        yield
    finally:
        with suppress(LockError):
            lock.release()
