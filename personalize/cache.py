"""Django's Redis cache for pages that go on without it: what it cannot answer is not in it."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.cache.backends import redis as backend
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from personalize import metrics
from personalize.profile.breaker import Breaker

TIMEOUT_SECONDS = 0.05
REST_SECONDS = 5.0


@lru_cache
def breaker_of(servers: tuple[str, ...]) -> Breaker:
    """Return the breaker of the process: each of its threads has a cache object of its own."""
    return Breaker()


class RedisCache(backend.RedisCache):
    """It gives up after 50 milliseconds, and then nobody asks for five seconds.

    Meanwhile nothing is found and nothing is kept. `OPTIONS` are those of Django's backend, with
    shorter time-outs and no second attempt unless they say otherwise.
    """

    _servers: list[str]
    _options: dict[str, Any]

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._options = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            **self._options,
        }
        self._breaker = breaker_of(tuple(self._servers))

    def _ask(self, ask: Callable[..., Any], *arguments: Any, otherwise: Any) -> Any:
        """Return the answer, or `otherwise` when there is none: one failure opens the circuit."""
        if not self._breaker.lets_through(failures=1, seconds=REST_SECONDS):
            metrics.count("cache.breaker_open")
            return otherwise
        try:
            answer = ask(*arguments)
        except (RedisError, OSError):
            self._breaker.failed(seconds=REST_SECONDS)
            metrics.count("cache.failed")
            return otherwise
        self._breaker.succeeded()
        return answer

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Return whether the value was kept."""
        return bool(self._ask(super().add, key, value, timeout, version, otherwise=False))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or the default."""
        return self._ask(super().get, key, default, version, otherwise=default)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Keep the value, if it can be kept."""
        self._ask(super().set, key, value, timeout, version, otherwise=None)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Return whether the value is kept for longer."""
        return bool(self._ask(super().touch, key, timeout, version, otherwise=False))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Return whether there was a value, and there is none any more."""
        return bool(self._ask(super().delete, key, version, otherwise=False))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """Return the values that are found."""
        found: dict[str, Any] = self._ask(super().get_many, keys, version, otherwise={})
        return found

    def has_key(self, key: str, version: int | None = None) -> bool:
        """Return whether there is a value."""
        return bool(self._ask(super().has_key, key, version, otherwise=False))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Return the new value; without an answer the key counts as missing, as Django has it."""
        value = self._ask(super().incr, key, delta, version, otherwise=None)
        if value is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(value)

    def set_many(
        self, data: Mapping[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        """Return the keys that were not kept."""
        lost: list[str] = self._ask(super().set_many, data, timeout, version, otherwise=list(data))
        return lost

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Delete the values, if they can be reached."""
        self._ask(super().delete_many, keys, version, otherwise=None)

    def clear(self) -> bool:  # type: ignore[override]  # Django's returns it, its stubs do not
        """Return whether the cache is empty now."""
        return bool(self._ask(super().clear, otherwise=False))
