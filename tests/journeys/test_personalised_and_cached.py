"""The first promise: a personalised page stays in the cache, and nobody sees another's variant."""

import itertools
import random
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from cms.plugin_base import CMSPluginBase
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from personalize.connections import worker_redis
from tests.cms.pages import (
    FROM_BERLIN,
    FROM_ROME,
    add_city_slot,
    add_text,
    content_of,
    new_page,
    placeholder_of,
    publish,
)
from tests.journeys.visitors import Browser

PRIVATE = "private, no-cache"
QUERIES = ("", "?utm_source=letter", "?page=2")
CITIES = ("everyone", "Berlin", "Rome")

DJANGO_CACHED = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "personalize.middleware.PersonalizeMiddleware",
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]


def shop_window(request: HttpRequest) -> HttpResponse:
    """A page that knows nothing of the CMS."""
    rules = {"from_berlin": FROM_BERLIN, "from_rome": FROM_ROME}
    return TemplateResponse(request, "window.html", rules)


urlpatterns = [path("", shop_window)]


@pytest.fixture
def cms_page(plain: Settings, editor: AbstractUser) -> str:
    page = new_page(editor)
    content = content_of(page)
    placeholder = placeholder_of(content)
    add_text(placeholder, "the same for all")
    for key in ("hero", "teaser"):
        add_city_slot(placeholder, key)
    publish(content, editor)
    return str(page.get_absolute_url("en"))


@pytest.fixture
def django_page(plain: Settings) -> str:
    plain.ROOT_URLCONF = __name__
    plain.MIDDLEWARE = DJANGO_CACHED
    return "/"


@pytest.fixture(params=["cms_page", "django_page"])
def page(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def kinds() -> dict[str, list[Browser]]:
    """Ten visitors of each kind; of those who see defaults, some refused, and some are new."""
    return {
        "everyone": [Browser() for _ in range(4)]
        + [Browser(consent="1.none", city="Berlin") for _ in range(3)]
        + [Browser(consent="", city="Rome") for _ in range(3)],
        "Berlin": [Browser(city="Berlin") for _ in range(10)],
        "Rome": [Browser(city="Rome") for _ in range(10)],
    }


def wrong_parts(city: str, response: HttpResponse) -> list[str]:
    """Return what the response shows that it must not, and what it lacks."""
    body = response.content.decode()
    others = [f" for {other}" for other in CITIES if other != city]
    shown = [part for part in (*others, "<!--px0", "<!--px1") if part in body]
    missing = [key for key in ("hero", "teaser") if f"{key} for {city}" not in body]
    return shown + missing


def mistakes(url: str, turns: list[tuple[str, Browser, str]]) -> list[Any]:
    """Make the requests in turn and return what was wrong with them."""
    found = []
    for city, browser, query in turns:
        response = browser.get(url + query)
        wrong = wrong_parts(city, response)
        if wrong or response["Cache-Control"] != PRIVATE or response.status_code != 200:
            found.append((city, query, wrong, response["Cache-Control"]))
    return found


def interleaved(n: int, *, seed: int) -> list[tuple[str, Browser, str]]:
    """Return `n` requests of all kinds of visitors, in random order."""
    everybody = [(city, browser) for city, found in kinds().items() for browser in found]
    turns = list(itertools.islice(itertools.cycle(itertools.product(everybody, QUERIES)), n))
    random.Random(seed).shuffle(turns)
    return [(city, browser, query) for (city, browser), query in turns]


@pytest.mark.django_db
def test_300_interleaved_requests_show_nobody_the_variant_of_another(page: str) -> None:
    """Row S4: the cache starts cold, and serves nearly all of them."""
    assert mistakes(page, interleaved(300, seed=1)) == []


@pytest.mark.django_db
def test_every_visitor_sees_their_own_variant_whoever_came_first(
    page: str, clear_caches: Callable[[], None]
) -> None:
    """Each kind of visitor is the one whose request fills the cold cache."""
    for first, second in itertools.permutations(kinds().items(), 2):
        clear_caches()
        assert mistakes(page, [(first[0], first[1][0], ""), (second[0], second[1][0], "")]) == []


@pytest.fixture
def clear_caches() -> Callable[[], None]:
    from django.core.cache import cache

    return cache.clear


@pytest.mark.django_db
def test_the_second_hit_runs_no_sql_and_renders_no_plugin(
    cms_page: str, django_assert_num_queries: Any
) -> None:
    visitor, stranger = Browser(city="Berlin"), Browser()
    assert wrong_parts("Berlin", visitor.get(cms_page)) == []
    with (
        mock.patch.object(CMSPluginBase, "render", autospec=True) as render,
        django_assert_num_queries(0),
    ):
        for browser, city in ((visitor, "Berlin"), (stranger, "everyone")):
            assert wrong_parts(city, browser.get(cms_page)) == []
    assert render.call_count == 0


@pytest.mark.django_db
def test_a_view_of_a_stored_page_makes_one_round_trip_to_the_store(cms_page: str) -> None:
    visitor = Browser(city="Berlin")
    visitor.get(cms_page)
    before = worker_redis().info("commandstats")
    visitor.get(cms_page)
    after = worker_redis().info("commandstats")
    made = {
        name: stats["calls"] - before.get(name, {"calls": 0})["calls"]
        for name, stats in after.items()
    }
    read = {name: n for name, n in made.items() if n and name != "cmdstat_info"}
    assert read == {"cmdstat_hget": 1, "cmdstat_get": 1}


@pytest.mark.django_db
def test_the_stored_page_is_the_same_for_everybody(
    cms_page: str, clear_caches: Callable[[], None]
) -> None:
    from cms.cache import page as page_cache

    stored = []
    with mock.patch.object(
        page_cache, "get_response_headers", side_effect=lambda r: stored.append(r.content) or {}
    ):
        for browser in (Browser(), Browser(city="Berlin"), Client()):
            clear_caches()
            browser.get(cms_page)
    assert len(stored) == 3
    assert len(set(stored)) == 1


@pytest.mark.django_db
def test_a_page_without_slots_is_left_to_caches(plain: Settings, editor: AbstractUser) -> None:
    plain.CMS_TEMPLATES = [("bare.html", "Bare")]
    page = new_page(editor, template="bare.html")
    publish(content_of(page), editor)
    url = page.get_absolute_url("en")
    Browser().get(url)
    response = Browser(city="Berlin").get(url)
    assert "max-age" in response["Cache-Control"]
    assert response.has_header("Expires")
    assert "px" not in response.cookies


@pytest.mark.django_db
def test_headers_that_a_client_sends_choose_no_variant(page: str) -> None:
    """Row S4: nothing but the signed cookie decides."""
    Browser(city="Berlin").get(page)
    forged = Browser()
    headers = {"X-Personalize-Key": "berlin", "X-Forwarded-For": "1.2.3.4", "Accept": "*/*"}
    assert wrong_parts("everyone", forged.get(page, headers=headers)) == []
