"""The connections to Redis, a pool per purpose: pages give up in milliseconds, workers wait."""

import os
import threading
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

import redis
from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.retry import Retry

from personalize.conf import settings

COLLECT_SECONDS = 2.0
WORK_SECONDS = 10.0
SENT_AT_ONCE = 16  # of many commands, a few tens of kilobytes


@lru_cache(maxsize=4)
def _pool(url: str, timeout_seconds: float) -> redis.ConnectionPool:
    return redis.ConnectionPool.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        max_connections=256,
        retry=Retry(NoBackoff(), 0),  # the caller decides: a page must not wait for three attempts
    )


@lru_cache(maxsize=4)
def _client(url: str, timeout_seconds: float) -> redis.Redis:
    """Keep one client a pool: making one costs more than most of its commands."""
    return redis.Redis(connection_pool=_pool(url, timeout_seconds))


class _OwnConnection(threading.local):
    """A thread's own connection: to lend one from a pool costs as much as to ask."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.made_for: tuple[object, ...] = ()

    def current(self, timeout_seconds: float) -> Any:
        """Return the connection for the settings of now, in this process."""
        made_for = (settings().REDIS_URL, timeout_seconds, os.getpid())
        if made_for != self.made_for:
            pool = _pool(settings().REDIS_URL, timeout_seconds)
            self.connection, self.made_for = pool.make_connection(), made_for
        return self.connection


_for_pages, _for_collect, _for_work = _OwnConnection(), _OwnConnection(), _OwnConnection()


def ask_for_page(*commands: tuple[str, ...]) -> list[Any]:
    """Return the replies of Redis to the commands, in one round trip of a page's request.

    Raises RedisError or OSError when Redis does not answer within `STORE_TIMEOUT_MS` milliseconds.
    """
    return _ask(_for_pages.current(settings().STORE_TIMEOUT_MS / 1_000), commands)


def ask_to_collect(*commands: tuple[bytes | str | int, ...]) -> list[Any]:
    """Return the replies of Redis to the commands, in one round trip of a request with events.

    Raises RedisError or OSError when Redis does not answer within two seconds, or a reply is an
    error. When the connection turns out to be lost, the commands are sent a second time.
    """
    return _ask(_for_collect.current(COLLECT_SECONDS), commands)


def ask_to_work(*commands: tuple[bytes | str | int, ...]) -> list[Any]:
    """Return the replies of Redis to the commands of a batch, in one round trip.

    Raises RedisError or OSError when Redis does not answer within ten seconds, or a reply is an
    error. When the connection turns out to be lost, the commands are sent a second time.
    """
    return _ask(_for_work.current(WORK_SECONDS), commands)


def write_to_work(commands: Iterable[tuple[bytes | str | int, ...]]) -> list[Any]:
    """Return the replies of Redis to commands that are sent as they are made, some at a time.

    So Redis does the first while the others are made. Raises as `ask_to_work` does, but does not
    send anything a second time.
    """
    connection, left, number = _for_work.current(WORK_SECONDS), iter(commands), 0
    try:
        while some := list(islice(left, SENT_AT_ONCE)):
            connection.send_packed_command([_packed(some)])
            number += len(some)
        return [connection.read_response() for _ in range(number)]
    except BaseException:
        connection.disconnect()  # as below
        raise


def _ask(connection: Any, commands: tuple[tuple[bytes | str | int, ...], ...]) -> list[Any]:
    was_open = connection.is_connected
    try:
        return _replies(connection, commands)
    except redis.ConnectionError:
        if not was_open:
            raise
        return _replies(connection, commands)  # Redis was restarted since the thread last asked


def _replies(connection: Any, commands: tuple[tuple[bytes | str | int, ...], ...]) -> list[Any]:
    try:
        connection.send_packed_command([_packed(commands)])
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()  # what it has not answered yet is no answer to what comes next
        raise


def _packed(commands: Iterable[tuple[bytes | str | int, ...]]) -> bytes:
    """In C; redis-py's own packing of two short commands takes as long as deciding for a slot."""
    packed: list[bytes] = [pack_command(command) for command in commands]  # type: ignore[arg-type]
    return b"".join(packed)


def collect_redis() -> redis.Redis:
    """Return a client for what somebody waits for, such as accepted events: it waits two seconds.

    When it fails, clients send their events again, and people are told.
    """
    return _client(settings().REDIS_URL, COLLECT_SECONDS)


def worker_redis() -> redis.Redis:
    """Return a client for background work: it waits up to ten seconds."""
    return _client(settings().REDIS_URL, WORK_SECONDS)
