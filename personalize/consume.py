"""The background's flow as a member of a consumer group: batch after batch, until told to stop.

The group says which partitions are this member's; what happens to a batch is the same as where
Celery's workers drain. Offsets are committed after the profiles are written, which know their
positions: what a crash in between repeats has no effect.
"""

import logging
import time
from threading import Event

from django.db import close_old_connections, connections

from personalize import metrics
from personalize.drain import BATCH, collector_paused, settle
from personalize.measure.health import give_sign
from personalize.profile.isolate import UNAVAILABLE
from personalize.stream.protocol import GroupStream, Member

log = logging.getLogger(__name__)

GATHER = 4 * BATCH  # several partitions' entries come at once
IDLE_SECONDS = 0.5
KEEP_SECONDS = 3.0  # locks end after ten
LONGEST_PAUSE_SECONDS = 5.0


def consume(stream: GroupStream, *, stopping: Event) -> None:
    """Join the group and process what it assigns until `stopping` is set; then leave the group.

    While a server does not answer, nothing is acknowledged: the batch stays in hand and is tried
    again, each time after a longer pause.
    """
    pause, member = 0.0, None
    try:
        while not stopping.wait(pause):
            try:
                member = member or stream.join()
                _turn(member, stopping)
                pause = 0.0
            except UNAVAILABLE as error:
                metrics.count("pipeline.unavailable")
                log.warning("The group's member waits: %s", type(error).__name__)
                connections.close_all()  # one that only reads, after a fail-over, seems usable
                pause = min(LONGEST_PAUSE_SECONDS, 2 * pause or IDLE_SECONDS)
    finally:
        if member:
            member.leave()


def _turn(member: Member, stopping: Event) -> None:
    """Keep what is ours, and work for a few seconds at most before it is kept again."""
    close_old_connections()  # those that broke, as when the database was away
    give_sign("worker")
    member.keep()
    ends_at = time.monotonic() + KEEP_SECONDS
    while time.monotonic() < ends_at and not stopping.is_set():
        _batches(member, stopping)


def _batches(member: Member, stopping: Event) -> None:
    with collector_paused():
        for partition in member.gather(limit=GATHER, seconds=IDLE_SECONDS):
            while not stopping.is_set() and member.own(partition):
                entries = member.read(partition, limit=BATCH)
                if not entries:
                    break
                settle(member, partition, entries)
