"""Pages with the profile store stopped or hung: row F6, as far as pages go."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AbstractUser
from pytest_django import Settings

from personalize import metrics
from personalize.conf import settings as current
from personalize.decide.plan import plan_at
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of, publish
from tests.journeys.conftest import editor, plain
from tests.journeys.visitors import Browser, remember
from tests.servers import RedisServer

__all__ = ["editor", "plain"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(plain: Settings) -> Iterator[RedisServer]:
    """A server of this test's own, to stop and to hang."""
    server = RedisServer().start()
    plain.PERSONALIZE = {
        **plain.PERSONALIZE,
        "REDIS_URL": server.url,
        "STORE_TIMEOUT_MS": 250,
        "BREAKER_SECONDS": 2.0,
    }
    yield server
    server.kill()


@pytest.fixture
def url(store: RedisServer, editor: AbstractUser) -> str:
    content = content_of(new_page(editor))
    add_city_slot(placeholder_of(content))
    publish(content, editor)
    return str(content.page.get_absolute_url("en"))


def shown(url: str, browser: Browser) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    body = response.content.decode()
    assert "<!--px0" not in body
    return next(city for city in ("everyone", "Berlin", "Rome") if f"hero for {city}" in body)


def shown_in_the_end(url: str, browser: Browser, wanted: str) -> bool:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if shown(url, browser) == wanted:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("is_stored", [True, False], ids=["cache warm", "cache cold"])
def test_pages_show_defaults_while_the_store_is_stopped_F6(
    url: str, store: RedisServer, is_stored: bool
) -> None:
    visitor = Browser(city="Berlin")
    if is_stored:
        assert shown(url, visitor) == "Berlin"
    store.kill()
    assert {shown(url, visitor) for _ in range(10)} == {"everyone"}
    store.start()
    remember(visitor.identity.subject, traits={"city": "Berlin"})
    assert shown_in_the_end(url, visitor, "Berlin")


def test_pages_show_defaults_while_the_store_hangs_F6(url: str, store: RedisServer) -> None:
    """It takes connections and never answers; after a few failures nobody waits for it."""
    visitor = Browser(city="Berlin")
    assert shown(url, visitor) == "Berlin"
    assert store.process
    opened = metrics.snapshot().get("store.breaker_open", 0)
    os.kill(store.process.pid, signal.SIGSTOP)
    try:
        for _ in range(current().BREAKER_FAILURES):
            assert shown(url, visitor) == "everyone"
        assert metrics.snapshot().get("store.breaker_open", 0) == opened
        assert shown(url, visitor) == "everyone"
        assert metrics.snapshot()["store.breaker_open"] > opened
    finally:
        os.kill(store.process.pid, signal.SIGCONT)
    assert shown_in_the_end(url, visitor, "Berlin")


def test_the_plan_stands_while_the_store_is_stopped_F6(url: str, store: RedisServer) -> None:
    visitor = Browser(city="Berlin")
    shown(url, visitor)
    plan = plan_at(None)
    store.kill()
    shown(url, visitor)
    assert plan_at(None) is plan
