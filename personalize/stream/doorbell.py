"""The way into the stream: store the events, then call a worker where one is needed."""

import time
from collections.abc import Iterable, Sequence

from celery import current_app

from personalize import metrics
from personalize.events.event import Event
from personalize.stream.protocol import current_stream

# Finding out that a broker is down takes seconds: one request pays for it, not each.
SILENT_SECONDS = 30.0
# Beat rings again for what waits: without workers, the calls must not pile up.
EXPIRES_SECONDS = 60

_silent_until = 0.0


def accept(events: Sequence[Event]) -> None:
    """Store the events, and ring. Raises StreamUnavailable, with nothing promised."""
    if events:
        started = time.perf_counter()
        partitions = current_stream().append(events)
        metrics.observe("stream.append", time.perf_counter() - started)
        ring(partitions)


def ring(partitions: Iterable[int]) -> None:
    """Call a worker to each partition; a broker that is down is left alone for half a minute.

    The task is named, not imported: tasks stand on the stream, not the other way round. Beat rings
    again for what was left.
    """
    global _silent_until
    for partition in partitions:
        if time.monotonic() < _silent_until:
            return
        try:
            current_app.send_task(
                "personalize.tasks.drain",
                args=[partition],
                retry=False,
                ignore_result=True,
                expires=EXPIRES_SECONDS,
            )
        except Exception:  # noqa: BLE001 - of a broker or its transport: no request may fail by it
            metrics.count("collect.ring_failed")
            _silent_until = time.monotonic() + SILENT_SECONDS
