"""The signs of life of a job that runs: how far it is, that its worker lives, and the wish to stop.

They are in Redis and not in the job's row: a row that changes every second is work for the
database, and a key that expires by itself is how a dead worker is known.
"""

import signal
import threading
import time
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from redis.exceptions import LockError, RedisError

from personalize.connections import worker_redis

ALIVE_SECONDS = 15.0  # without a sign; then another worker may begin
BEAT_SECONDS = 1.0
GRACE_SECONDS = 2.0  # for a job to stop by itself, between two batches
KEPT_SECONDS = 3_600
SIGNAL = signal.SIGUSR1


class Stopped(Exception):
    """Somebody has cancelled the job."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How far a job is: the share done, its stage, and the seconds that it ran for."""

    share: float
    stage: str
    seconds: float

    @property
    def left_seconds(self) -> float | None:
        """How long the rest takes at the pace so far; None while nothing can be said."""
        if self.share < 0.01:
            return None
        return self.seconds * (1 - self.share) / self.share


def sign_of(uuid: UUID) -> Sign | None:
    """Return the last sign of a job that runs, or None."""
    told: Any = worker_redis().hgetall(_key(uuid))
    if not told:
        return None
    stage, share, seconds = (told.get(name, b"0") for name in (b"stage", b"share", b"seconds"))
    return Sign(float(share), stage.decode(), float(seconds))


def is_alive(uuid: UUID) -> bool:
    """Return whether a worker is at the job."""
    return bool(worker_redis().exists(_key(uuid, "lock")))


def ask_to_stop(uuid: UUID) -> None:
    """Let the job stop within seconds."""
    worker_redis().set(_key(uuid, "stop"), 1, ex=KEPT_SECONDS)


@contextmanager
def pulse(uuid: UUID) -> "Iterator[Pulse | None]":
    """Be the one who does the job, and show it; None while another is."""
    lock = worker_redis().lock(_key(uuid, "lock"), timeout=ALIVE_SECONDS, thread_local=False)
    if not lock.acquire(blocking=False):
        yield None
        return
    beating = Pulse(uuid, lock)
    with beating.listening():
        thread = threading.Thread(target=beating.beat, daemon=True)
        thread.start()
        try:
            yield beating
        finally:
            beating.is_over.set()
            thread.join()
    worker_redis().delete(_key(uuid), _key(uuid, "stop"))
    if lock.owned():
        lock.release()


class Pulse:
    """What a running job tells, and learns."""

    def __init__(self, uuid: UUID, lock: Any) -> None:
        self.is_over = threading.Event()
        self.is_stopped = False
        self.share, self.stage = 0.0, ""
        self._uuid = uuid
        self._lock = lock
        self._began = time.monotonic()
        self._is_interruptible = False

    def watch(self, share: float, stage: str) -> None:
        """Note how far the job is (a `Watch`). Raises Stopped when it is to stop."""
        self.share, self.stage = share, stage
        if self.is_stopped:
            self._stop()

    def beat(self) -> None:
        """Give signs until the job is over, in a thread of its own."""
        stopped_at = 0.0
        while not self.is_over.wait(BEAT_SECONDS):
            try:
                self._tell()
            except LockError:  # asleep for too long: another worker is at it
                self.is_stopped = True
            except RedisError:
                continue
            if self.is_stopped:
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > GRACE_SECONDS:
                    interrupt_main(SIGNAL)  # it may be in a query that sorts for minutes

    def _tell(self) -> None:
        client = worker_redis()
        seconds = time.monotonic() - self._began
        sign: dict[Any, Any] = {"share": self.share, "stage": self.stage, "seconds": seconds}
        client.hset(_key(self._uuid), mapping=sign)
        client.expire(_key(self._uuid), int(ALIVE_SECONDS))
        self._lock.reacquire()
        self.is_stopped = self.is_stopped or bool(client.exists(_key(self._uuid, "stop")))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signal to stop, where the worker runs jobs in its main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(SIGNAL, self._interrupt)
        try:
            yield
        finally:
            signal.signal(SIGNAL, before)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the signal end what is done in here, once."""
        self._is_interruptible = True
        try:
            yield
        finally:
            self._is_interruptible = False

    def _interrupt(self, *_: object) -> None:
        if self._is_interruptible:
            self._stop()

    def _stop(self) -> None:
        self._is_interruptible = False  # what cleans up is left alone
        raise Stopped


def _key(uuid: UUID, part: str = "") -> str:
    return f"px:job:{uuid}:{part}" if part else f"px:job:{uuid}"
