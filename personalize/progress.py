"""How much of something long is done, and whom it tells."""

from collections.abc import Callable

# Takes which share is done, from 0 to 1 and never falling, and the stage that it is in. It is
# called every second or so at least, and what it raises ends the work.
Watch = Callable[[float, str], None]


def unwatched(share: float, stage: str) -> None:
    """Let nobody know."""


class Share:
    """How much is done, where each stage is a part of what those before it have left.

    >>> share = Share()
    >>> share.enter(part=0.5)
    >>> share.expect(10)
    >>> share.add(5)
    >>> float(share)
    0.25
    """

    def __init__(self) -> None:
        self._before, self._part = 0.0, 0.0
        self._done, self._total = 0, 0
        self._most = 0.0

    def enter(self, *, part: float) -> None:
        """End the stage, and begin another."""
        self._before += (1 - self._before) * self._part
        self._part = part
        self._done = self._total = 0

    def expect(self, number: int) -> None:
        """Note that so much more is to be done in this stage."""
        self._total += number

    def add(self, number: int) -> None:
        """Note what is done."""
        self._done += number

    def __float__(self) -> float:
        """Return the share; it never falls, though more than was expected turns up."""
        of_stage = min(1.0, self._done / self._total) if self._total else 0.0
        self._most = max(self._most, self._before + (1 - self._before) * self._part * of_stage)
        return self._most
