"""Counters of this process: what went wrong quietly, and how often."""

from collections import Counter
from threading import Lock

_counts: Counter[str] = Counter()
_lock = Lock()


def count(name: str, n: int = 1) -> None:
    """Add `n` to the counter `name` (dotted, for example `decide.store_timeout`)."""
    with _lock:
        _counts[name] += n


def snapshot() -> dict[str, int]:
    """Return all counters of this process."""
    with _lock:
        return dict(_counts)
