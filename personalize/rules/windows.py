"""Windows in time: which buckets a behaviour keeps, which of them count now, when that changes.

A window ends now and has no upper bound, so the newest bucket counts whenever any does. Time is cut
into granules g: the smallest of a fixed ladder with window ≤ 64·g. An event at t is in the window W
at `now` when floor(t/g) > floor(now/g) − ceil(W/g). All times are milliseconds.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from personalize.rules.aggregates import window_minutes

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MOST_BUCKETS = 64
GRANULES = (
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
)


@dataclass(frozen=True, slots=True)
class Window:
    """How a behaviour cuts time: `granule` 0 keeps one bucket for ever (or one a session)."""

    granule: int = 0
    buckets: int = 0
    is_session: bool = False

    def bucket(self, at: int, *, session_start: int | None = None) -> int | None:
        """Return the bucket of a time; a session is one, and without a session there is none."""
        if self.granule:
            return at // self.granule
        return session_start if self.is_session else 0

    def first(self, now: int) -> int:
        """Return the oldest bucket that counts at `now`; everything from it on does."""
        return now // self.granule - self.buckets + 1 if self.granule else 0

    def next_change(self, buckets: Collection[int], *, now: int) -> int | None:
        """Return when the oldest bucket that counts ceases to, or None if nothing ever does."""
        if not self.granule or not buckets:
            return None
        first, oldest = self.first(now), min(buckets)
        if oldest < first:
            return self.next_change([each for each in buckets if each >= first], now=now)
        return (oldest + self.buckets) * self.granule


ALL_TIME = Window()
SESSION = Window(is_session=True)


@lru_cache(maxsize=1_024)
def window_of(text: str | None, *, by_day: bool = False) -> Window:
    """Return the window of `7d`, `session` or None (all time), `by_day` with a day's granule."""
    if text is None:
        return ALL_TIME
    if text == "session":
        return SESSION
    length = window_minutes(text) * MINUTE
    granule = DAY if by_day else next(g for g in GRANULES if length <= MOST_BUCKETS * g)
    return Window(granule, -(-length // granule))
