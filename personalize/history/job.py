"""One job over history at a time, and how far it is; one that is killed is over in a minute."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.exceptions import LockError, RedisError

from personalize.connections import worker_redis
from personalize.progress import Share, Watch, unwatched

LOCK_KEY = "px:history:lock"
LOCK_SECONDS = 60.0
RENEW_SECONDS = 15.0
PROGRESS_KEY = "px:history"


class Busy(RuntimeError):
    """Another job over history is at work."""


class Overtaken(RuntimeError):
    """Redis did not answer for so long that another job may have begun: do it again."""


class Progress:
    """What a job tells of itself while it runs."""

    def __init__(self, job: str, lock: Any, *, watch: Watch = unwatched) -> None:
        self._lock = lock
        self._watch = watch
        self._share = Share()
        self._done = 0
        self._told: dict[Any, Any] = {"job": job, "started_at": int(time.time())}
        self._tell()

    def enter(self, stage: str, *, part: float = 1.0) -> None:
        """Begin to count anew: rows that are read, then subjects that are settled.

        `part` is the share of the stage in what is left to do.
        """
        self._done = 0
        self._share.enter(part=part)
        self._told["stage"] = stage
        self._tell()

    def expect(self, number: int) -> None:
        """Say how much the stage is about to do."""
        self._share.expect(number)
        self._tell()

    def add(self, number: int) -> None:
        """Count on. Raises Overtaken when the job is no longer the only one."""
        self._done += number
        self._share.add(number)
        self._tell()
        if not self._lock.owned():
            raise Overtaken("The lock of the job was lost.")

    def _tell(self) -> None:
        self._watch(float(self._share), str(self._told.get("stage", "")))
        client = worker_redis()
        client.hset(PROGRESS_KEY, mapping=self._told | {"done": self._done})
        client.expire(PROGRESS_KEY, int(LOCK_SECONDS))


@contextmanager
def sole(name: str, *, watch: Watch = unwatched) -> Iterator[Progress]:
    """Be the only job over history. Raises Busy while there is another."""
    lock = worker_redis().lock(LOCK_KEY, timeout=LOCK_SECONDS, blocking=False, thread_local=False)
    if not lock.acquire():
        told = progress()
        job, stage, done = (told.get(each, "?") for each in ("job", "stage", "done"))
        raise Busy(f"A {job} is at work: {stage}, {done} done.")
    stop = threading.Event()
    renewer = threading.Thread(target=_renew, args=(lock, stop), daemon=True)
    renewer.start()  # a query may sort for minutes before its first row
    try:
        yield Progress(name, lock, watch=watch)
    finally:
        stop.set()
        renewer.join()
        worker_redis().delete(PROGRESS_KEY)
        if lock.owned():
            lock.release()


def progress() -> dict[str, str]:
    """Return the `job` at work, its `stage`, `done`, `started_at`; nothing when there is none."""
    told: Any = worker_redis().hgetall(PROGRESS_KEY)
    return {name.decode(): value.decode() for name, value in told.items()}


def _renew(lock: Any, stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        try:
            lock.reacquire()
        except LockError:
            return
        except RedisError:
            continue
