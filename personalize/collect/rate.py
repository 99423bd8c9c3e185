"""How fast one sender may send: a token bucket a sender, in the memory of this process.

With n server processes a sender may reach n times the rate; it bounds a flood, it is no quota.
"""

import time
from threading import Lock

from personalize.collect.refusal import Refused
from personalize.conf import settings

SENDERS = 20_000
COSTLY = 50  # as many events weighs a request that writes rows, or reads all of a visitor's
VISITORS_A_NETWORK = 10  # a network is an office or a school: allow it this many visitors' worth


class Buckets:
    """Tokens by sender. A bucket may go into debt once, so one large batch is never stuck."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, sender: str, tokens: int, *, a_minute: float, now: float) -> float:
        """Take the tokens and return 0, or take nothing and return the seconds to wait."""
        with self._lock:
            left, at = self._buckets.pop(sender, (a_minute, now))
            left = min(a_minute, left + (now - at) * a_minute / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / a_minute
            self._buckets[sender] = (left if wait else left - tokens, now)
            if len(self._buckets) > SENDERS:  # the one that was quiet longest
                del self._buckets[next(iter(self._buckets))]
        return wait

    def clear(self) -> None:
        """Forget every sender."""
        self._buckets.clear()


buckets = Buckets()


def limit_rate(*, visitor: str, network: str, events: int) -> None:
    """Count the events of a browser, by visitor and by network, or refuse them: 429."""
    a_minute, now = float(settings().RATE_EVENTS_PER_MINUTE), time.monotonic()
    wait = buckets.take(f"n:{network}", events, a_minute=a_minute * VISITORS_A_NETWORK, now=now)
    if not wait and visitor:
        wait = buckets.take(f"v:{visitor}", events, a_minute=a_minute, now=now)
    if wait:
        raise Refused(429, "Too many events; send them later.", wait_seconds=int(wait) + 1)
