"""What Celery runs: doorbells for the partitions, and the schedule of beat.

Every task may run twice, late or at the same time as itself: none does more than the first did.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from redis.exceptions import LockNotOwnedError

from personalize import metrics
from personalize.conf import settings
from personalize.connections import worker_redis
from personalize.decide.changes import bump_if_unnoticed
from personalize.drain import drain as drain_partition
from personalize.jobs.ask import send as send_job
from personalize.jobs.files import forget_old
from personalize.jobs.run import abandoned, run
from personalize.keys import SHARDS, moves_key
from personalize.measure.audit import report_yesterday
from personalize.measure.health import give_sign
from personalize.measure.samples import flush_samples
from personalize.measure.tally import flush_tally
from personalize.models.decision_sample import DecisionSample
from personalize.models.quarantine import QuarantinedEvent
from personalize.profile.emitted import send
from personalize.profile.flush import flush_visitors, prune_visitors, set_aside
from personalize.segment import refresh
from personalize.segment.counts import note_sizes
from personalize.segment.memberships import flush_memberships
from personalize.segment.portraits import portray
from personalize.stream.doorbell import accept
from personalize.stream.doorbell import ring as ring_partitions
from personalize.stream.protocol import Stream, StreamUnavailable, current_stream

log = logging.getLogger(__name__)

TICKS_AT_ONCE = 1_000
FLUSH_SECONDS = 120


@shared_task(ignore_result=True)
def drain(partition: int) -> int:
    """Process what waits in a partition."""
    give_sign("worker")
    return drain_partition(partition)


@shared_task(ignore_result=True)
def ring() -> int:
    """Ring for every partition where something waits: heals doorbells that were lost."""
    give_sign("beat")
    give_sign("worker")  # beat has asked and a worker does it, also on a site where nothing happens
    _send_emitted()
    stream = current_stream()
    waiting = [
        each
        for each in range(stream.partitions)
        if stream.lag(each).entries and _is_free(stream, each)
    ]
    ring_partitions(waiting)
    return len(waiting)


def _send_emitted() -> None:
    """Send what a dead worker has left; partitions are rung for all the same."""
    try:
        send()
    except (StreamUnavailable, DatabaseError) as error:
        metrics.count("emitted.unsent")
        log.warning("What profiles hand over waits: %s", type(error).__name__)


def _is_free(stream: Stream, partition: int) -> bool:
    """Whether nobody is at work there: who is, goes on by himself."""
    is_free = stream.own(partition)
    if is_free:
        stream.release(partition)
    return is_free


@shared_task(ignore_result=True)
def flush() -> None:
    """Copy what changed to the database: visitors, then their memberships, and the counts."""
    lock = worker_redis().lock("px:flush", timeout=FLUSH_SECONDS, blocking=False)
    if lock.acquire():
        try:
            # First, so that all of their visitors have rows then.
            moves = [set_aside(moves_key(shard)) for shard in range(SHARDS)]
            flush_visitors(after_batch=lock.reacquire)
            for some in moves:
                flush_memberships(some, after_batch=lock.reacquire)
            flush_tally()
            flush_samples()
        except LockNotOwnedError:
            log.warning("The flush took too long over one batch; the next one goes on")
        finally:
            if lock.owned():
                lock.release()


@shared_task(ignore_result=True)
def tick() -> int:
    """Look again at visitors whose segments may have changed because time has passed."""
    now = time.time_ns() // 1_000_000
    if bump_if_unnoticed():
        refresh.ask_for_everybody()
    refresh.refresh_if_asked(now=now)
    number = 0
    while ticks := refresh.due_ticks(now=now, limit=TICKS_AT_ONCE):
        accept(ticks)
        refresh.done_ticks(ticks)
        number += len(ticks)
    return number


@shared_task(ignore_result=True)
def count_segments() -> None:
    """Write down the size of every segment; the same moment is written once."""
    minutes = datetime.now(UTC)
    note_sizes(at=minutes.replace(minute=minutes.minute // 5 * 5, second=0, microsecond=0))


@shared_task(ignore_result=True)
def portray_segments() -> int:
    """Compute what segments share, whom they consist of, and what their members look at."""
    return portray(at=datetime.now(UTC))


@shared_task(ignore_result=True)
def prune() -> int:
    """Delete the rows of visitors whose profiles have expired, old jobs and quarantined events."""
    now = datetime.now(UTC)
    oldest = now - timedelta(days=settings().QUARANTINE_DAYS)
    QuarantinedEvent.objects.filter(quarantined_at__lt=oldest).discard()
    too_old = now - timedelta(days=settings().DECISION_SAMPLE_DAYS)
    DecisionSample.objects.filter(decided_at__lt=too_old).delete()
    forget_old(now=now)
    return prune_visitors(now=now)


@shared_task(ignore_result=True)
def write_lake() -> int:
    """Append what took effect to the lake; what it does not take now waits for the next turn."""
    if not settings().LAKE_URL:
        return 0
    from personalize.lake.write import write_waiting  # noqa: PLC0415

    number = 0
    with _lake_unavailable():
        number += write_waiting()
    return number


@shared_task(ignore_result=True)
def maintain_lake() -> None:
    """Let the lake forget the erased, and once a day what is too old; join its small files."""
    if not settings().LAKE_URL:
        return
    from personalize.lake.maintain import maintain  # noqa: PLC0415

    with _lake_unavailable():
        maintain(now=datetime.now(UTC))


@shared_task(ignore_result=True)
def backfill() -> int:
    """Count new traits from before they were; a job that was killed is done again."""
    if not settings().LAKE_URL:
        return 0
    from personalize.history.backfill import backfill_new  # noqa: PLC0415

    number = 0
    with _lake_unavailable():
        number += backfill_new()
    return number


@shared_task(ignore_result=True)
def run_job(uuid: str) -> None:
    """Do a long job that somebody asked for."""
    run(UUID(uuid))


@shared_task(ignore_result=True)
def mind_jobs() -> int:
    """Send the jobs that no worker is at: those that wait, and those whose worker has died."""
    jobs = abandoned()
    for job in jobs:
        send_job(job.uuid)
    return len(jobs)


@shared_task(ignore_result=True)
def learn_statistics() -> None:
    """Learn from the lake what the values of properties are like: for gaps and outliers."""
    if not settings().LAKE_URL:
        return
    from personalize.measure import statistics  # noqa: PLC0415

    with _lake_unavailable():
        statistics.learn_statistics(now=datetime.now(UTC))


@shared_task(ignore_result=True)
def audit(is_asked: bool = False) -> None:  # Celery sends plain arguments
    """Report whether all that was accepted yesterday is somewhere, until it is; again if asked."""
    with _lake_unavailable():
        report_yesterday(now=datetime.now(UTC), is_asked=is_asked)


@contextmanager
def _lake_unavailable() -> Iterator[None]:
    """Leave it to the next turn when the storage fails, or another was faster."""
    from deltalake.exceptions import DeltaError  # noqa: PLC0415  # no page needs Arrow

    try:
        yield
    except (DeltaError, OSError) as error:
        metrics.count("lake.unavailable")
        log.warning("The lake waits: %s", type(error).__name__)
