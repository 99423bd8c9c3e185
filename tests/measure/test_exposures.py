"""Exposures: on the stream in batches, never at a page's cost."""

import os
import time
from collections.abc import Sequence

import pytest

from personalize import metrics
from personalize.collect.identity import random_identity
from personalize.decide.decision import Decision, Reason
from personalize.decide.exposure import exposure_id
from personalize.events.event import Event
from personalize.events.served import parts_of
from personalize.measure import exposures
from personalize.measure.exposures import WAITING, Buffer, Served, buffer, record_served
from personalize.stream.protocol import StreamUnavailable, current_stream

VISITOR = random_identity(user_id="7")
SPLIT = Decision("hero", None, Reason.SPLIT, "seed", "control")
MATCH = Decision("hero", "b", Reason.TARGETING_MATCH)


def record(*decisions: Decision) -> None:
    record_served(decisions, identity=VISITOR, path="/", now=1_700_000_000_000)


def on_the_stream() -> list[Event]:
    stream = current_stream()
    entries = [e for n in range(stream.partitions) for e in stream.read(n, limit=10_000)]
    return [part for entry in entries if entry.event for part in parts_of(entry.event)]


def test_record_served_puts_what_was_decided_on_the_stream() -> None:
    record(SPLIT)
    assert on_the_stream() == []
    buffer.flush()
    (event,) = on_the_stream()
    assert (event.event, event.subject, event.source) == ("Variant Served", "u:7", "system")
    assert event.properties == {
        "slot": "hero",
        "reason": "split",
        "experiment": "seed",
        "arm": "control",
        "exposure": exposure_id(SPLIT),
    }
    assert buffer.waiting() == []


def test_record_served_leaves_out_what_is_no_measure() -> None:
    reasons = (Reason.DEFAULT, Reason.NO_CONSENT, Reason.BOT, Reason.STALE, Reason.ERROR)
    record(*(Decision("hero", None, reason) for reason in reasons))
    assert buffer.waiting() == []
    record(Decision("hero", None, Reason.HOLDOUT))
    assert len(buffer.waiting()) == 1


def test_flush_keeps_what_the_stream_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(events: Sequence[Event]) -> None:
        raise StreamUnavailable

    record(MATCH, SPLIT)
    waiting = buffer.waiting()
    with monkeypatch.context() as patch:
        patch.setattr(exposures, "accept", refuse)
        buffer.flush()
    assert buffer.waiting() == waiting
    buffer.flush()
    assert len(on_the_stream()) == 2


def test_flush_goes_on_after_what_nobody_foresaw(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(events: Sequence[Event]) -> None:
        raise TypeError("cannot encode")

    before = metrics.snapshot().get("exposures.failed", 0)
    record(MATCH)
    with monkeypatch.context() as patch:
        patch.setattr(exposures, "accept", fail)
        buffer.flush()
    assert metrics.snapshot()["exposures.failed"] == before + 1
    record(SPLIT)
    buffer.flush()
    assert len(on_the_stream()) == 1


def test_add_drops_what_would_fill_the_memory() -> None:
    for _ in range(WAITING):
        record(MATCH)
    before = metrics.snapshot().get("exposures.dropped", 0)
    record(MATCH)
    assert len(buffer.waiting()) == WAITING
    assert metrics.snapshot()["exposures.dropped"] == before + 1


def test_a_thread_flushes_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # let threads start
    own = Buffer()
    own.add(Served("1", [MATCH], VISITOR, "/", 0))
    deadline = time.monotonic() + 20
    while not on_the_stream() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert own.waiting() == []
    assert len(on_the_stream()) == 1
    assert own.pid == os.getpid()
