"""The connections to Redis, a pool per purpose: pages give up in milliseconds, workers wait."""

import os
import threading
from functools import lru_cache
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from personalize.conf import settings


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


class _PageConnections(threading.local):
    """A thread's own connection for pages: to lend one from a pool costs as much as to ask."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.made_for: tuple[object, ...] = ()

    def current(self) -> Any:
        """Return the connection for the settings of now, in this process."""
        made_for = (settings().REDIS_URL, settings().STORE_TIMEOUT_MS, os.getpid())
        if made_for != self.made_for:
            pool = _pool(settings().REDIS_URL, settings().STORE_TIMEOUT_MS / 1_000)
            self.connection, self.made_for = pool.make_connection(), made_for
        return self.connection


_pages = _PageConnections()


def ask_for_page(*commands: tuple[str, ...]) -> list[Any]:
    """Return the replies of Redis to the commands, in one round trip of a page's request.

    Raises RedisError or OSError when Redis does not answer within `STORE_TIMEOUT_MS` milliseconds.
    """
    connection = _pages.current()
    was_open = connection.is_connected
    try:
        return _replies(connection, commands)
    except redis.ConnectionError:
        if not was_open:
            raise
        return _replies(connection, commands)  # Redis was restarted since this thread's last page


def _replies(connection: Any, commands: tuple[tuple[str, ...], ...]) -> list[Any]:
    try:
        connection.send_packed_command(connection.pack_commands(commands))
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()  # what it has not answered yet is no answer to the next page
        raise


def collect_redis() -> redis.Redis:
    """Return a client for what somebody waits for, such as accepted events: it waits two seconds.

    When it fails, clients send their events again, and people are told.
    """
    return _client(settings().REDIS_URL, 2.0)


def worker_redis() -> redis.Redis:
    """Return a client for background work: it waits up to ten seconds."""
    return _client(settings().REDIS_URL, 10.0)
