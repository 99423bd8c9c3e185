"""Holes in a streamed page: chunks pass until the first marker, the rest is filled as one."""

from collections.abc import Callable

from personalize.render.markers import PREFIX


class HoleFilter:
    """Hands on chunks as they come, until one has a hole."""

    def __init__(self, fill: Callable[[bytes], bytes]) -> None:
        self._fill = fill
        self._held = b""
        self._is_holed = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what may leave now. Part of a marker at the end of a chunk waits for the next."""
        self._held += chunk
        if self._is_holed:
            return b""
        start = self._held.find(PREFIX)
        self._is_holed = start >= 0
        return self._release(start if self._is_holed else len(self._held) - self._partial())

    def rest(self) -> bytes:
        """Return the rest of the page, with its holes filled."""
        return self._fill(self._held) if self._is_holed else self._held

    def _release(self, end: int) -> bytes:
        passed, self._held = self._held[:end], self._held[end:]
        return passed

    def _partial(self) -> int:
        """Return how many bytes at the end may begin a marker."""
        return next(
            (n for n in range(len(PREFIX) - 1, 0, -1) if self._held.endswith(PREFIX[:n])), 0
        )
