"""The connections to Redis, a pool per purpose: pages give up in milliseconds, workers wait."""

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


def ask_for_page(*commands: tuple[str, ...]) -> list[Any]:
    """Return the replies of Redis to the commands, in one round trip of a page's request.

    Straight on a connection: a client's pipeline takes twice as long. Raises RedisError or OSError
    when Redis does not answer within `STORE_TIMEOUT_MS` milliseconds.
    """
    pool = _pool(settings().REDIS_URL, settings().STORE_TIMEOUT_MS / 1000)
    connection: Any = pool.get_connection()
    try:
        connection.send_packed_command(connection.pack_commands(commands))
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()  # what it has not answered yet is no answer to the next page
        raise
    finally:
        pool.release(connection)


def collect_redis() -> redis.Redis:
    """Return a client for what somebody waits for, such as accepted events: it waits two seconds.

    When it fails, clients send their events again, and people are told.
    """
    return _client(settings().REDIS_URL, 2.0)


def worker_redis() -> redis.Redis:
    """Return a client for background work: it waits up to ten seconds."""
    return _client(settings().REDIS_URL, 10.0)
