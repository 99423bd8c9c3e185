"""Django's cache with its Redis running, stopped and hung."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from personalize import metrics
from personalize.cache import RedisCache, breaker_of
from tests.servers import RedisServer

ANSWERS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("get", ("page", "default"), "default"),
    ("set", ("page", "<p>"), None),
    ("add", ("page", "<p>"), False),
    ("touch", ("page",), False),
    ("delete", ("page",), False),
    ("has_key", ("page",), False),
    ("get_many", (["page", "menu"],), {}),
    ("set_many", ({"page": "<p>"},), ["page"]),
    ("delete_many", (["page"],), None),
    ("clear", (), False),
    ("get_or_set", ("page", lambda: "made"), "made"),
]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    breaker_of.cache_clear()
    server = RedisServer().start()
    yield server
    server.kill()


@pytest.fixture
def cache(server: RedisServer) -> RedisCache:
    return RedisCache(server.url, {})


def test_it_keeps_values_as_django_does(cache: RedisCache) -> None:
    cache.set("page", {"html": "<p>"})
    assert cache.set_many({"n": 1}) == []

    assert cache.get("page") == {"html": "<p>"}
    assert not cache.add("page", "other")
    assert cache.incr("n") == 2
    assert cache.get_many(["page", "n"]) == {"page": {"html": "<p>"}, "n": 2}
    assert cache.delete("page")
    assert cache.clear()


@pytest.mark.parametrize(("name", "arguments", "answer"), ANSWERS)
def test_stopped_it_has_nothing_and_keeps_nothing_F6(
    cache: RedisCache, server: RedisServer, name: str, arguments: tuple[Any, ...], answer: Any
) -> None:
    server.kill()

    assert getattr(cache, name)(*arguments) == answer


def test_a_counter_it_cannot_reach_counts_as_missing(
    cache: RedisCache, server: RedisServer
) -> None:
    server.kill()

    with pytest.raises(ValueError, match="not found"):
        cache.incr("n")


def test_hung_it_is_asked_once_and_then_left_alone_by_every_thread_F6(
    cache: RedisCache, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalize.cache.REST_SECONDS", 600.0)  # however slow this machine is
    cache.set("page", "<p>")
    assert server.process
    os.kill(server.process.pid, signal.SIGSTOP)
    before = metrics.snapshot()
    try:
        assert [cache.get("page") for _ in range(20)] == [None] * 20
        assert RedisCache(server.url, {}).get("page") is None
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    after = metrics.snapshot()
    assert after["cache.failed"] - before.get("cache.failed", 0) == 1
    assert after["cache.breaker_open"] - before.get("cache.breaker_open", 0) == 20


def test_it_is_asked_again_after_a_rest(
    cache: RedisCache, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set("page", "<p>")
    monkeypatch.setattr("personalize.cache.REST_SECONDS", 0.0)
    server.kill()
    assert cache.get("page") is None
    server.start()

    assert cache.get("page") == "<p>"


def test_the_sites_own_time_outs_win(server: RedisServer) -> None:
    cache = RedisCache(server.url, {"OPTIONS": {"socket_timeout": 1.5}})

    client = cache._cache.get_client()
    assert client.get_connection_kwargs()["socket_timeout"] == 1.5
    assert client.get_connection_kwargs()["socket_connect_timeout"] == 0.05
