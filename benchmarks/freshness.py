"""From an event's acceptance to its being visible to a decision, with a real Celery worker.

500 events a second are accepted for 12 seconds; a reader asks the store for the profile of every
twentieth event until it is there, as a page would. The baseline is the promise: 300 ms.
"""

import os
import subprocess
import sys
import time
from collections import deque
from statistics import quantiles
from threading import Thread

from msgspec.structs import replace

from benchmarks.process import set_up_segments, visits
from benchmarks.result import Result
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.keys import profile_key
from personalize.stream.doorbell import accept

EVENTS_A_SECOND = 500
SECONDS = 12
A_REQUEST = 5
WATCHED = 20  # every twentieth event
PROMISED_MS = 300.0
GIVE_UP_SECONDS = 60.0
WORKER = "celery -A cms_project worker --concurrency 1 --loglevel ERROR"


def run() -> list[Result]:
    """Start a worker, load it, and stop it."""
    set_up_segments()
    worker = subprocess.Popen(
        [sys.executable, "-m", *WORKER.split()],
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for_worker()
        delays = _measure()
    finally:
        worker.terminate()
        worker.wait()
    at_95 = quantiles(delays, n=100)[94]
    return [
        Result(
            name="freshness",
            value=at_95,
            unit="ms (p95)",
            baseline=PROMISED_MS,
            ratio=at_95 / PROMISED_MS,
        )
    ]


def _wait_for_worker() -> None:
    accept(_events(1, prefix="first"))
    _see("a:first0", time.monotonic() + GIVE_UP_SECONDS)


def _measure() -> list[float]:
    sent: deque[tuple[str, float] | None] = deque()
    delays: list[float] = []
    reader = Thread(target=_watch, args=(sent, delays))
    reader.start()
    events = _events(EVENTS_A_SECOND * SECONDS, prefix="visitor")
    begun_at = time.monotonic()
    for start in range(0, len(events), A_REQUEST):
        time.sleep(max(0.0, begun_at + start / EVENTS_A_SECOND - time.monotonic()))
        accept(events[start : start + A_REQUEST])
        if start % WATCHED == 0:
            sent.append((events[start].subject, time.monotonic()))
    sent.append(None)
    reader.join()
    return delays


def _watch(sent: deque[tuple[str, float] | None], delays: list[float]) -> None:
    """Note how long after its acceptance each watched event is seen."""
    while True:
        if not sent:
            time.sleep(0.001)
            continue
        item = sent.popleft()
        if item is None:
            return
        subject, accepted_at = item
        _see(subject, accepted_at + GIVE_UP_SECONDS)
        delays.append((time.monotonic() - accepted_at) * 1_000)


def _see(subject: str, until: float) -> None:
    while not worker_redis().hexists(profile_key(subject), "s"):
        if time.monotonic() > until:
            raise RuntimeError(f"The worker did not process {subject} in time.")
        time.sleep(0.002)


def _events(number: int, *, prefix: str) -> list[Event]:
    """Return events of as many visitors, so that each one's profile tells of its own event."""
    now = time.time_ns() // 1_000_000
    some = visits(number + 8, seed=number, now=now)[:number]
    return [replace(event, anonymous_id=f"{prefix}{n}") for n, event in enumerate(some)]
