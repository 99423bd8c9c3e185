"""What this process counts and times: a number in memory, for a fraction of a microsecond.

`measure.gather` adds the numbers of all processes up, in the background; `measure.catalogue` says
what they mean.
"""

import os
from bisect import bisect_left
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

# Upper bounds in seconds. One set for all: from filling a page to an event that waited for minutes.
BUCKETS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
)  # fmt: skip

_counts: dict[str, int] = {}
_times: dict[str, list[float]] = {}
_gauges: dict[str, Callable[[], float]] = {}
_lock = Lock()


class Readings(NamedTuple):
    """Numbers at one moment.

    `counts` are keyed by name, or by `name|label`. `times` hold for each name how many were in each
    bucket, then how many above the last, then the sum of all in microseconds.
    """

    counts: dict[str, int]
    times: dict[str, list[int]]
    gauges: dict[str, float]


def count(name: str, n: int = 1, *, label: str = "") -> None:
    """Add `n` to the counter `name` (dotted, for example `decide.store_timeout`).

    A label splits the counter; there must be few of them, and none that comes from outside.
    """
    key = f"{name}|{label}" if label else name
    with _lock:
        _counts[key] = _counts.get(key, 0) + n  # a Counter takes twice as long
    if not _is_used:
        _begin()


def observe(name: str, seconds: float, *, times: int = 1) -> None:
    """Note that something took so long; `times` notes it for several at once."""
    try:
        cells = _times[name]
    except KeyError:
        cells = _cells(name)
    with _lock:
        cells[bisect_left(BUCKETS, seconds)] += times
        cells[-1] += seconds * times
    if not _is_used:
        _begin()


def watch(name: str, read: Callable[[], float]) -> None:
    """Let the gauge `name` be what `read` returns whenever somebody looks."""
    _gauges[name] = read


def snapshot() -> dict[str, int]:
    """Return all counters of this process."""
    with _lock:
        return dict(_counts)


def readings() -> Readings:
    """Return everything of this process, since it began."""
    with _lock:
        counts, times = dict(_counts), {name: _whole(cells) for name, cells in _times.items()}
    return Readings(counts, times, {name: read() for name, read in _gauges.items()})


def _whole(cells: list[float]) -> list[int]:
    *numbers, seconds = cells
    return [*map(int, numbers), round(seconds * 1_000_000)]


def _cells(name: str) -> list[float]:
    with _lock:
        return _times.setdefault(name, [0.0] * (len(BUCKETS) + 2))


_is_used = False
_on_first_use: Callable[[], None] = lambda: None  # noqa: E731 - replaced when the app is ready


def on_first_use(start: Callable[[], None]) -> None:
    """Call `start` when this process, and each that is forked from it, first counts something."""
    global _on_first_use
    _on_first_use = start


def _begin() -> None:
    global _is_used
    with _lock:
        is_first, _is_used = not _is_used, True
    if is_first:
        _on_first_use()


def _forget_parent() -> None:
    """Begin at zero in a forked process: the parent's numbers are the parent's to tell."""
    global _lock, _is_used
    _lock, _is_used = Lock(), False
    _counts.clear()
    _times.clear()


os.register_at_fork(after_in_child=_forget_parent)
