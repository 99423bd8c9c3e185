"""The pages of the reference site while Redis (stream, profiles and cache) is stopped or hung."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django import Settings

from personalize import metrics
from personalize.cache import breaker_of
from personalize.profile import store
from personalize.profile.breaker import Breaker
from tests.faults.harness import wait_until
from tests.journeys.visitors import Browser
from tests.servers import RedisServer
from tests.site.conftest import alder, shelves

__all__ = ["alder", "shelves"]

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/about/",
    "/shop/",
    "/shop/kitchen/",
    "/shop/kitchen/ridge-kettle/",
    "/stories/kitchen/the-loaf-that-waits/",
    "/search/?q=kettle",
    "/cart/",
    "/personalize/my-data/",
    "/account/log-in/",
)


@pytest.fixture
def server(
    alder: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RedisServer]:
    """One server for stream, profiles and cache, as in the demo."""
    server = RedisServer().start()
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": server.url}
    location = server.url.removesuffix("0") + "1"
    settings.CACHES = {"default": {"BACKEND": "personalize.cache.RedisCache", "LOCATION": location}}
    monkeypatch.setattr(store, "_breaker", Breaker())
    breaker_of.cache_clear()
    yield server
    server.kill()


@contextmanager
def hung(server: RedisServer) -> Iterator[None]:
    """Let the server take connections and never answer."""
    assert server.process
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


@contextmanager
def stopped(server: RedisServer) -> Iterator[None]:
    """Let nobody listen where the server was."""
    server.kill()
    yield


def is_kept() -> bool:
    """Whether the cache works; it gives up after 50 ms, which a busy machine may need."""
    cache.set("sign", "of life")
    return bool(cache.get("sign") == "of life")


def shown(visitor: Browser) -> dict[str, str]:
    """Return what the visitor gets at each page; markers are nobody's to see."""
    pages = {}
    for path in PAGES:
        response = visitor.get(path)
        assert response.status_code == 200, path
        pages[path] = response.content.decode()
        assert "<!--px0" not in pages[path]
    return pages


@pytest.mark.parametrize("is_stored", [True, False], ids=["cache warm", "cache cold"])
@pytest.mark.parametrize("without", [stopped, hung])
def test_every_page_is_shown_with_defaults_F6(
    server: RedisServer,
    without: Callable[[RedisServer], AbstractContextManager[None]],
    is_stored: bool,
) -> None:
    visitor = Browser()
    if is_stored:
        shown(visitor)
        wait_until(is_kept, "the cache keeps what it is given")
    with without(server):
        pages = shown(visitor)
        assert "Ridge kettle" in pages["/shop/kitchen/ridge-kettle/"]
        added = visitor.post(reverse("shop:add", args=["K-101"]))
        assert added.status_code == 302
        assert "Ridge kettle" in visitor.get("/cart/").content.decode()


def test_hung_redis_is_waited_for_once_by_the_cache_F6(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalize.cache.REST_SECONDS", 600.0)  # however slow this machine is
    visitor = Browser()
    before = metrics.snapshot().get("cache.failed", 0)
    with hung(server):
        visitor.get("/")
        visitor.get("/shop/kitchen/")
    assert metrics.snapshot()["cache.failed"] - before == 1
