"""Does the machinery run: what answers, how far it is behind, when it last gave a sign."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import redis
from django.db import DatabaseError, connection

from personalize import metrics
from personalize.connections import collect_redis
from personalize.lake.outbox import number_waiting
from personalize.measure.catalogue import incidents
from personalize.measure.gather import gathered
from personalize.stream.protocol import Lag, StreamUnavailable, current_stream

LATE_SECONDS = 60.0  # after this, people are told that what they see is old

_SIGNS_KEY = "px:signs"
Part = Literal["worker", "beat"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The state of every part at one moment.

    `redis`, `database` and `stream` hold what is wrong, and are empty when the part answers.
    `worker_seconds` and `beat_seconds` are the age of the last sign; None when there never was one.
    `lake_waiting` is how many entries the lake does not have yet.
    `counters` say what went wrong quietly, and how often: in all processes, or when Redis does not
    answer in this one since it started.
    """

    checked_at: datetime
    redis: str = ""
    database: str = ""
    stream: str = ""
    lags: tuple[Lag, ...] = ()
    worker_seconds: float | None = None
    beat_seconds: float | None = None
    lake_waiting: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served and events accepted, which a late worker allows."""
        return not (self.redis or self.database or self.stream)

    @property
    def waiting(self) -> int:
        """How many events wait to be processed."""
        return sum(lag.entries for lag in self.lags)

    @property
    def oldest_seconds(self) -> float:
        """The age of the oldest event that waits."""
        return max((lag.seconds for lag in self.lags), default=0.0)

    @property
    def is_late(self) -> bool:
        """Whether visitors' profiles are more than a minute behind what they did."""
        return self.oldest_seconds > LATE_SECONDS

    def is_silent(self, part: Part) -> bool:
        """Whether a part of the background work gave no sign for a minute."""
        seconds = self.worker_seconds if part == "worker" else self.beat_seconds
        return seconds is None or seconds > LATE_SECONDS

    def as_json(self) -> dict[str, Any]:
        """Return what anybody may know: no addresses, no error texts."""
        return {
            "ready": self.is_ready,
            "redis": "unreachable" if self.redis else "ok",
            "database": "unreachable" if self.database else "ok",
            "stream": "unreachable" if self.stream else "ok",
            "lag": {
                "events": self.waiting,
                "seconds": round(self.oldest_seconds, 3),
                "partitions": [lag.entries for lag in self.lags],
            },
            "lake": {"waiting": self.lake_waiting},
            "worker_seconds": self.worker_seconds,
            "beat_seconds": self.beat_seconds,
            "counters": dict(sorted(self.counters.items())),
        }


def give_sign(part: Part) -> None:
    """Note that a part of the background work is alive; called by the tasks, never by a page."""
    collect_redis().hset(_SIGNS_KEY, part, time.time())


def pulse() -> Readiness:
    """Ask Redis and the stream how they are: cheap, and nothing of the database. Never raises."""
    lags: list[Lag] = []
    signs: dict[Any, Any] = {}
    redis_fault = _fault(lambda: signs.update(collect_redis().hgetall(_SIGNS_KEY)))
    stream_fault = redis_fault or _fault(lambda: lags.extend(_lags()))
    return Readiness(
        checked_at=datetime.now(UTC),
        redis=redis_fault,
        stream=stream_fault,
        lags=tuple(lags),
        # What beat sends is done by a worker, so beat's sign is a worker's as well.
        worker_seconds=_age(max(signs.values(), key=float, default=None)),
        beat_seconds=_age(signs.get(b"beat")),
    )


def readiness() -> Readiness:
    """Ask every part how it is. Waits seconds for what hangs; never raises."""
    state = pulse()
    lake_waiting: list[int] = []
    redis_fault = state.redis or _fault(lambda: lake_waiting.append(number_waiting()))
    return replace(
        state,
        redis=redis_fault,
        stream=redis_fault or state.stream,
        database=_fault(_ask_database),
        lake_waiting=sum(lake_waiting),
        counters=incidents(metrics.snapshot() if redis_fault else gathered().counts),
    )


def _lags() -> list[Lag]:
    stream = current_stream()
    return [stream.lag(partition) for partition in range(stream.partitions)]


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _fault(ask: Callable[[], None]) -> str:
    try:
        ask()
    except (redis.RedisError, DatabaseError, StreamUnavailable, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _age(sign: bytes | None) -> float | None:
    return None if sign is None else round(max(0.0, time.time() - float(sign)), 1)
