"""A site whose visitors' events are in its lake and its profiles: what history is measured on."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings as django_settings
from django.test.utils import override_settings

from benchmarks.process import EVENTS_A_ROUND, send, visits
from personalize.drain import drain
from personalize.events.event import decode
from personalize.lake.read import event_batches
from personalize.lake.write import write_waiting
from personalize.stream.protocol import current_stream

ROUNDS_OF_EVENTS = 5
EVENTS = ROUNDS_OF_EVENTS * EVENTS_A_ROUND


@contextmanager
def site_with_history() -> Iterator[None]:
    """Let `EVENTS` events of visits of eight take effect and reach a lake in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        address = {"LAKE_URL": str(Path(folder) / "lake")}
        with override_settings(PERSONALIZE={**django_settings.PERSONALIZE, **address}):
            for seed in range(ROUNDS_OF_EVENTS):
                send(visits(EVENTS_A_ROUND, seed=seed, now=time.time_ns() // 1_000_000))
                for partition in range(current_stream().partitions):
                    drain(partition)
            write_waiting()
            yield


def scan() -> float:
    """Read and decode all events in order, do nothing with them, and return events a second."""
    started_at, number = time.perf_counter(), 0
    for batch in event_batches():
        for body in batch["body"].to_pylist():
            decode(body)
            number += 1
    return number / (time.perf_counter() - started_at)
