"""The way into the stream: store the events, then call a worker where one is needed."""

from collections.abc import Iterable, Sequence

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from personalize import metrics
from personalize.events.event import Event
from personalize.stream.protocol import current_stream


def accept(events: Sequence[Event]) -> None:
    """Store the events, and ring. Raises StreamUnavailable, with nothing promised."""
    if events:
        ring(current_stream().append(events))


def ring(partitions: Iterable[int]) -> None:
    """Call a worker to each partition; a broker that is down costs nothing but a little time.

    The task is named, not imported: tasks stand on the stream, not the other way round. Beat rings
    again for what was left.
    """
    for partition in partitions:
        try:
            current_app.send_task(
                "personalize.tasks.drain", args=[partition], retry=False, ignore_result=True
            )
        except (KombuError, RedisError, OSError):
            metrics.count("collect.ring_failed")
            return
