"""Exposures: which variants were served, put on the stream in batches by a thread."""

import atexit
import logging
import os
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from secrets import token_hex
from threading import Event as Flag
from threading import Lock, Thread
from typing import NamedTuple

from personalize.collect.identity import Identity
from personalize.decide.decision import Decision
from personalize.decide.exposure import MEASURED, exposure_id
from personalize.events.event import Event
from personalize.events.served import SERVED, parts_of, served_event
from personalize.logs import told
from personalize.metrics import count
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable

log = logging.getLogger(__name__)

# What pages tell of what they show. A click is counted as such by what it is on as well.
EXPOSURES = frozenset({SERVED, "Variant Seen", "Variant Clicked"})

# Both count pages, of which each is one entry. While Redis takes in a batch pages wait for it; a
# batch that is sent more seldom disturbs fewer of them.
BATCH = 100
WAITING = 4_000  # beyond this many the stream must be down: pages come before counts
PAUSE_SECONDS = 1.0


class Served(NamedTuple):
    """What one page showed to one visitor: all that a page's own request takes the time for."""

    id: str
    decisions: list[Decision]
    identity: Identity
    path: str
    at: int

    def event(self) -> Event:
        """Return the one event of them all, the same at each call: a repetition is noticed."""
        return served_event(
            self.id,
            [_properties(decision, exposure_id(decision)) for decision in self.decisions],
            at=self.at,
            anonymous_id=self.identity.anonymous_id,
            user_id=self.identity.user_id,
            path=self.path,
        )


def record_served(
    decisions: Iterable[Decision], *, identity: Identity, path: str, now: int
) -> None:
    """Remember that the visitor was served what was decided; costs a page no I/O."""
    if measured := [decision for decision in decisions if decision.reason in MEASURED]:
        buffer.add(Served(token_hex(8), measured, identity, path, now))


def count_decisions(decisions: Iterable[Decision]) -> None:
    """Count what was decided by its reason: for monitors, so also without consent."""
    for decision in decisions:
        count("decide.slots", label=decision.reason.value)


@lru_cache(maxsize=4_096)
def _properties(decision: Decision, exposure: str) -> dict[str, str]:
    """Return what is told of a decision; remembered, since most pages show the same few."""
    named = {
        "slot": decision.slot,
        "variant": decision.variant,
        "reason": decision.reason.value,
        "experiment": decision.experiment,
        "arm": decision.arm,
        "exposure": exposure,
    }
    return {key: value for key, value in named.items() if value is not None}


class Buffer:
    """Pages whose exposures wait for the stream. Its thread starts with the first, and per fork."""

    def __init__(self) -> None:
        self._pages: deque[Served] = deque()
        self.pid = 0  # of the process that has the thread
        self._lock = Lock()
        self._woken = Flag()

    def add(self, served: Served) -> None:
        """Take the page's exposures, or count them as lost when too many wait."""
        if len(self._pages) >= WAITING:
            count("exposures.dropped")
            return
        self._pages.append(served)
        if self.pid != os.getpid():
            self.start()
        if len(self._pages) >= BATCH:
            self._woken.set()

    def waiting(self) -> list[Event]:
        """Return what waits, oldest first, an event a slot."""
        return [part for served in self._pages for part in parts_of(served.event())]

    def clear(self) -> None:
        """Drop what waits: for tests."""
        self._pages.clear()

    def flush(self) -> None:
        """Put everything that waits on the stream; while it takes nothing, that waits on.

        What cannot be put there is left out: pages, and the thread, go on.
        """
        while self._pages:
            batch = [self._pages.popleft() for _ in range(min(BATCH, len(self._pages)))]
            try:
                accept([served.event() for served in batch])
            except StreamUnavailable:
                self._pages.extendleft(reversed(batch))
                count("exposures.stream_unavailable")
                return
            except Exception as error:  # noqa: BLE001 - pages, and the thread, go on
                log.error("The exposures of %d pages are lost: %s", len(batch), told(error))
                count("exposures.failed", len(batch))

    def start(self) -> None:
        """Start the thread, unless this process has it."""
        with self._lock:
            if self.pid == os.getpid():
                return
            self.pid = os.getpid()
            self._woken = Flag()
        Thread(target=self._run, name="personalize-exposures", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._woken.wait(PAUSE_SECONDS)
            self._woken.clear()
            self.flush()


buffer = Buffer()
atexit.register(buffer.flush)
