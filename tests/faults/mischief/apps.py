"""Events that harm whoever processes them, and a clock that a file turns back."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from personalize.events.event import Event

RAISES, KILLS, FAULTS, EATS = "Poison Raises", "Poison Kills", "Poison Faults", "Poison Eats"
READ_EVERY_SECONDS = 0.2


class MischiefConfig(AppConfig):
    """Does nothing until an event or the file asks for it."""

    name = "tests.faults.mischief"

    def ready(self) -> None:
        """Let the pipeline's enrichment be harmed, and the clock be wrong."""
        from personalize import pipeline

        pipeline.enrich = _harmed(pipeline.enrich)
        if path := os.environ.get("FAULTS_CLOCK"):
            _wrong_clock(Path(path))


def _harmed(enrich: Callable[[Event], Event]) -> Callable[[Event], Event]:
    def harmed(event: Event) -> Event:
        if event.event == RAISES:
            raise LookupError("poison")
        if event.event == KILLS:
            os.kill(os.getpid(), signal.SIGKILL)
        if event.event == FAULTS:
            ctypes.string_at(0)
        if event.event == EATS:
            raise MemoryError
        return enrich(event)

    return harmed


def _wrong_clock(path: Path) -> None:
    """Let this process' clock be as many seconds off as the file says."""
    right_ns = time.time_ns
    state: dict[str, Any] = {"read_at": 0.0, "off_ns": 0}

    def off_ns() -> int:
        if time.monotonic() - state["read_at"] > READ_EVERY_SECONDS:
            state["read_at"] = time.monotonic()
            state["off_ns"] = int(float(path.read_text() or 0) * 1e9) if path.exists() else 0
        return int(state["off_ns"])

    time.time_ns = lambda: right_ns() + off_ns()
    time.time = lambda: (right_ns() + off_ns()) / 1e9
