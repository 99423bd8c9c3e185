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

from personalize.collect.identity import Identity
from personalize.decide.decision import Decision
from personalize.decide.exposure import MEASURED, exposure_id
from personalize.events.event import Event
from personalize.metrics import count
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable

log = logging.getLogger(__name__)

SERVED = "Variant Served"
EXPOSURES = frozenset({SERVED, "Variant Seen"})  # what we tell ourselves: nothing that they do

BATCH = 500
WAITING = 20_000  # beyond this many the stream must be down: pages come before counts
PAUSE_SECONDS = 1.0


def record_served(
    decisions: Iterable[Decision], *, identity: Identity, path: str, now: int
) -> None:
    """Remember that the visitor was served what was decided; costs a page no I/O."""
    context = {"page": {"path": path}}
    events = [
        Event(
            type="track",
            event=SERVED,
            message_id=f"served-{token_hex(8)}",
            timestamp=now,
            received_at=now,
            anonymous_id=identity.anonymous_id,
            user_id=identity.user_id,
            source="system",
            properties={**_properties(decision), "exposure": exposure_id(decision)},
            context=context,
        )
        for decision in decisions
        if decision.reason in MEASURED
    ]
    if events:
        buffer.add(events)


@lru_cache(maxsize=4_096)
def _properties(decision: Decision) -> dict[str, str]:
    """Return what is told of a decision; remembered, since most pages show the same few."""
    named = {
        "slot": decision.slot,
        "variant": decision.variant,
        "reason": decision.reason.value,
        "experiment": decision.experiment,
        "arm": decision.arm,
    }
    return {key: value for key, value in named.items() if value is not None}


class Buffer:
    """Events that wait for the stream. Its thread starts with the first one, again after a fork."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.pid = 0  # of the process that has the thread
        self._lock = Lock()
        self._woken = Flag()

    def add(self, events: Iterable[Event]) -> None:
        """Take the events, or count them as lost when too many wait."""
        if len(self._events) >= WAITING:
            count("exposures.dropped")
            return
        self._events.extend(events)
        if self.pid != os.getpid():
            self.start()
        if len(self._events) >= BATCH:
            self._woken.set()

    def waiting(self) -> list[Event]:
        """Return what waits, oldest first."""
        return list(self._events)

    def clear(self) -> None:
        """Drop what waits: for tests."""
        self._events.clear()

    def flush(self) -> None:
        """Put everything that waits on the stream; while it takes nothing, that waits on.

        What cannot be put there is left out: pages, and the thread, go on.
        """
        while self._events:
            batch = [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]
            try:
                accept(batch)
            except StreamUnavailable:
                self._events.extendleft(reversed(batch))
                count("exposures.stream_unavailable")
                return
            except Exception:
                log.exception("%d exposures are lost", len(batch))
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
