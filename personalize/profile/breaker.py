"""A circuit breaker: after failures in a row, nobody waits for a store that does not answer."""

import time
from collections.abc import Callable
from threading import Lock


class Breaker:
    """Opens after `failures` in a row, for `seconds`; then one caller at a time tries again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed = 0
        self._closed_at = 0.0
        self._lock = Lock()

    def lets_through(self, *, failures: int, seconds: float) -> bool:
        """Return whether to try; of those who come after the rest, the first alone tries."""
        if self._failed < failures:
            return True
        with self._lock:
            if self._clock() < self._closed_at:
                return False
            self._closed_at = self._clock() + seconds
            return True

    def is_open(self, *, failures: int) -> bool:
        """Return whether so many have failed in a row, and nobody has succeeded since."""
        return self._failed >= failures

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failed = 0

    def failed(self, *, seconds: float) -> None:
        """Count a failure; the rest of `seconds` begins anew."""
        with self._lock:
            self._failed += 1
            self._closed_at = self._clock() + seconds
