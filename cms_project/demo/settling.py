"""Wait until the pipeline has done its work, and help it where no worker runs."""

import time

from personalize import pipeline, tasks
from personalize.models import EventDefinition, Membership, Visitor
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
        if not sum(pipeline.drain(partition) for partition in waiting):
            time.sleep(0.2)
    tasks.flush()
    tasks.count_segments()
    return {
        "visitors known": Visitor.objects.count(),
        "of them bots": Visitor.objects.filter(is_bot=True).count(),
        "stays in segments": Membership.objects.count(),
        "kinds of events": EventDefinition.objects.filter(volume__gt=0).count(),
    }
