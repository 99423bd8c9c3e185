"""Add up what all processes count and time: each pushes what is new to Redis, by a thread.

Nothing waits for it and nothing fails by it. What Redis did not take is pushed again later, so a
number may be high by what one push carried, when its answer was lost on the way.
"""

import atexit
import os
import socket
import time
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from redis.exceptions import RedisError

from personalize import metrics
from personalize.connections import collect_redis
from personalize.measure import samples, shown
from personalize.metrics import BUCKETS, Readings

# One hash tag, so that a push is one transaction on a cluster.
METRICS_KEY = "px:{m}:metrics"
GAUGES_KEY = "px:{m}:gauges"
PAUSE_SECONDS = 5.0
STALE_SECONDS = 60.0  # a process that has not pushed for so long has ended

_pushed: dict[str, int] = {}
_name = ""
_lock = Lock()


def start() -> None:
    """Start the thread of this process that pushes every few seconds."""
    global _name
    _name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    Thread(target=_run, name="personalize-metrics", daemon=True).start()
    atexit.register(push)


def push() -> None:
    """Add to Redis what this process has counted since the last push; never raises."""
    with _lock:
        now = metrics.readings()
        fresh = _unpushed(now)
        try:
            pipeline = collect_redis().pipeline()
            for field, number in fresh.items():
                pipeline.hincrby(METRICS_KEY, field, number)
            for name, value in now.gauges.items():
                pipeline.hset(GAUGES_KEY, f"{name}|{_name}", f"{value} {time.time():.0f}")
            pipeline.execute()
        except (RedisError, OSError):
            return
        for field, number in fresh.items():
            _pushed[field] = _pushed.get(field, 0) + number
    shown.push()
    samples.push()


def gathered() -> Readings:
    """Return the numbers of all processes; of this one alone when Redis does not answer.

    A gauge is the sum over the processes that live.
    """
    own = metrics.readings()
    with _lock:
        fields = _unpushed(own)
    try:
        pipeline = collect_redis().pipeline(transaction=False)
        pipeline.hgetall(METRICS_KEY)
        pipeline.hgetall(GAUGES_KEY)
        stored, gauges = pipeline.execute()
    except (RedisError, OSError):
        return own
    for field, number in stored.items():
        name = field.decode()
        fields[name] = fields.get(name, 0) + int(number)
    return Readings(*_unflattened(fields), _living(gauges, own.gauges))


def _run() -> None:
    while True:
        time.sleep(PAUSE_SECONDS)
        push()


def _unpushed(now: Readings) -> dict[str, int]:
    flat = _flattened(now)
    return {
        field: number - _pushed.get(field, 0)
        for field, number in flat.items()
        if number != _pushed.get(field, 0)
    }


def _flattened(now: Readings) -> dict[str, int]:
    flat = {f"c:{key}": number for key, number in now.counts.items()}
    for name, cells in now.times.items():
        flat |= {f"t:{name}:{index}": number for index, number in enumerate(cells)}
    return flat


def _unflattened(fields: dict[str, int]) -> tuple[dict[str, int], dict[str, list[int]]]:
    counts: dict[str, int] = {}
    times: dict[str, list[int]] = {}
    for field, number in fields.items():
        kind, _, name = field.partition(":")
        if kind == "c":
            counts[name] = number
            continue
        name, _, index = name.rpartition(":")
        cells = times.setdefault(name, [0] * (len(BUCKETS) + 2))
        cells[int(index)] = number
    return counts, times


def _living(stored: dict[Any, Any], own: dict[str, float]) -> dict[str, float]:
    """Add up the gauges of the other processes that live to this one's; forget the dead."""
    total, dead = dict(own), []
    for field, pair in stored.items():
        name, _, process = field.decode().partition("|")
        value, at = pair.split()
        if time.time() - float(at) > STALE_SECONDS:
            dead.append(field)
        elif process != _name:
            total[name] = total.get(name, 0.0) + float(value)
    if dead:
        _forget(dead)
    return total


def _forget(dead: list[Any]) -> None:
    try:
        collect_redis().hdel(GAUGES_KEY, *dead)
    except (RedisError, OSError):
        return  # whoever looks next tries again


def _forget_parent() -> None:
    global _lock
    _lock = Lock()
    _pushed.clear()


os.register_at_fork(after_in_child=_forget_parent)
