"""Bytes that a visitor takes in Redis after 10, 100 and 1,000 events: bounded, whatever they do.

The set-up of `process`: 50 live traits, 20 segments; visits of eight events, spread over 30 days.
"""

import time

from msgspec.structs import replace

from benchmarks.process import EVENTS_A_VISIT, send, set_up_segments, visits
from benchmarks.result import Result
from personalize.connections import worker_redis
from personalize.drain import drain
from personalize.keys import profile_key, timeline_key
from personalize.stream.protocol import current_stream

SIZES = (10, 100, 1_000)
SPAN_MS = 30 * 86_400_000


def run() -> list[Result]:
    """Let one visitor for each size come, and weigh all keys of theirs."""
    set_up_segments()
    weighed = {size: _bytes_after(size) for size in SIZES}
    return [
        Result(
            name=f"memory_{size}_events",
            value=weighed[size],
            unit="bytes/visitor",
            baseline=weighed[SIZES[0]],
            ratio=weighed[size] / weighed[SIZES[0]],
        )
        for size in SIZES
    ]


def _bytes_after(size: int) -> int:
    visitor = f"visitor-{size}"
    now = time.time_ns() // 1_000_000
    begins_at = now - SPAN_MS
    events = visits(size + EVENTS_A_VISIT, seed=size, now=now)[:size]
    send(
        [
            # A visit's events stay together; visits follow each other over the thirty days.
            replace(
                event,
                anonymous_id=visitor,
                source="shop",
                timestamp=begins_at
                + (number // EVENTS_A_VISIT) * SPAN_MS * EVENTS_A_VISIT // size
                + number % EVENTS_A_VISIT * 20_000,
            )
            for number, event in enumerate(events)
        ]
    )
    for partition in range(current_stream().partitions):
        drain(partition)
    subject = f"a:{visitor}"
    keys = (profile_key(subject), timeline_key(subject))
    return sum(int(worker_redis().memory_usage(key, samples=0) or 0) for key in keys)
