"""Wait until the pipeline has done its work, and help it where no worker runs."""

import time

from django.db.models import Sum

from personalize import tasks
from personalize.connections import worker_redis
from personalize.drain import drain
from personalize.keys import SHARDS, dirty_key
from personalize.measure.tally import BOTS, DUPLICATES
from personalize.models import EventDefinition, Membership, Tally, Visitor
from personalize.stream.protocol import current_stream

GIVE_UP_SECONDS = 300


class NotSettled(Exception):
    """The pipeline did not finish in time; the message says what waits."""


def settle() -> dict[str, int]:
    """Return what the database knows once nothing waits any more.

    A partition that a worker owns is left to it: `drain` does nothing there.
    """
    stream = current_stream()
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while waiting := [each for each in range(stream.partitions) if stream.lag(each).entries]:
        if time.monotonic() > give_up_at:
            raise NotSettled(f"Partitions {waiting} still wait. Does the worker's log say why?")
        if not sum(drain(partition) for partition in waiting):
            time.sleep(0.2)
    dirty = [dirty_key(shard) for shard in range(SHARDS)]
    while any(worker_redis().exists(key, f"{key}:flushing") for key in dirty):
        tasks.flush()  # which does nothing while the worker's own is at it
        time.sleep(0.1)
    tasks.count_segments()
    return {
        "visitors known": Visitor.objects.count(),
        "stays in segments": Membership.objects.count(),
        "kinds of events": EventDefinition.objects.filter(volume__gt=0).count(),
        "events of bots": _tallied(BOTS),
        "duplicates dropped": _tallied(DUPLICATES),
    }


def _tallied(metric: str) -> int:
    total: int | None = Tally.objects.filter(metric=metric).aggregate(total=Sum("count"))["total"]
    return total or 0
