"""A partition's turn: read it in batches until nothing is left, let each take effect, acknowledge.

What raises, or ends its workers, is found entry by entry and put into quarantine; when a server
does not answer nothing is acknowledged, and all of it is repeated.
"""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from personalize import metrics
from personalize.connections import worker_redis
from personalize.logs import told
from personalize.measure.quarantine import Reject
from personalize.pipeline import failed, process, refuse
from personalize.profile.isolate import UNAVAILABLE
from personalize.stream.doorbell import ring
from personalize.stream.protocol import Entry, Source, Stream, StreamUnavailable, current_stream

log = logging.getLogger(__name__)

BATCH = 500
DELIVERIES_TOGETHER = 2  # after this many, entries are tried one by one
ATTEMPTS_ALONE = 3  # after this many, the one entry that ends its worker goes to quarantine
DRAIN_SECONDS = 5.0  # then it is another partition's turn


def drain(partition: int) -> int:
    """Process the partition until nothing waits and return how many entries that were.

    Does nothing while somebody else owns it. After `DRAIN_SECONDS` it rings for what is left, and
    leaves it to the next turn. When a server does not answer nothing is acknowledged; beat rings
    again in a few seconds.
    """
    stream, number = current_stream(), 0
    ends_at = time.monotonic() + DRAIN_SECONDS
    while stream.own(partition):
        try:
            with collector_paused():
                while time.monotonic() < ends_at and (done := _batch(stream, partition)):
                    number += done
        except UNAVAILABLE as error:
            metrics.count("pipeline.unavailable")
            fields = _fields("partition_waits", partition, error)
            log.warning("Partition %d waits: %s", partition, type(error).__name__, extra=fields)
            _leave(stream, partition)
            return number
        if not _leave(stream, partition):
            break
        if time.monotonic() >= ends_at:
            ring([partition])
            break
    return number


def _batch(stream: Stream, partition: int) -> int:
    entries = stream.read(partition, limit=BATCH)
    if entries and stream.own(partition):
        settle(stream, partition, entries)
        return len(entries)
    return 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Search for no cycles during a drain: it makes none, and the search takes a sixth of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def settle(stream: Source, partition: int, entries: Sequence[Entry]) -> None:
    """Process and acknowledge; what raises, or has ended its workers, is tried entry by entry."""
    started = time.perf_counter()
    _settle(stream, partition, entries)
    metrics.observe("pipeline.batch", time.perf_counter() - started)
    metrics.count("pipeline.processed", len(entries))
    if first := entries[0].event:
        age = time.time() - first.received_at / 1_000
        metrics.observe("pipeline.visible", max(0.0, age), times=len(entries))


def _settle(stream: Source, partition: int, entries: Sequence[Entry]) -> None:
    if entries[0].deliveries <= DELIVERIES_TOGETHER:
        try:
            process(entries, partition=partition)
        except UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 - with a dead letter
            fields = _fields("batch_failed", partition, error)
            log.error("A batch is tried entry by entry: %s", told(error), extra=fields)
        else:
            stream.acknowledge(partition, [entry.position for entry in entries])
            return
    attempts = f"px:{{{partition}}}:attempts"
    for entry in entries:
        _settle_alone(entry, partition, attempts)
        stream.acknowledge(partition, [entry.position])
        stream.own(partition)
    worker_redis().delete(attempts)


def _settle_alone(entry: Entry, partition: int, attempts: str) -> None:
    """Process one entry, or put it into quarantine: only what it does itself counts against it."""
    if worker_redis().hincrby(attempts, entry.position, 1) > ATTEMPTS_ALONE:
        refuse(Reject(entry, "ends_worker"), partition=partition)
        return
    try:
        process([entry], partition=partition)
    except UNAVAILABLE:
        worker_redis().hincrby(attempts, entry.position, -1)
        raise
    except Exception as error:  # noqa: BLE001 - with a dead letter
        fields = _fields("entry_failed", partition, error)
        log.error("An entry failed: %s", told(error), extra=fields)
        refuse(failed(entry, error), partition=partition)


def _fields(event: str, partition: int, error: Exception) -> dict[str, object]:
    """Return what machines search the log by; not what the error says: it may quote an event."""
    return {"event": event, "partition": partition, "reason": type(error).__name__}


def _leave(stream: Stream, partition: int) -> bool:
    """Give up the partition; True when something came in meanwhile."""
    try:
        return stream.release(partition)
    except StreamUnavailable:
        return False  # the lock runs out by itself
