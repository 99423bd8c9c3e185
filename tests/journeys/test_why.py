"""Decisions of live pages are sampled, and explained as they were made (U11)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from personalize import tasks
from personalize.decide.record import decode
from personalize.measure import samples
from personalize.models import DecisionSample
from personalize.render.preview import COOKIE, Preview
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of, publish
from tests.factories import UserFactory, VisitorFactory
from tests.journeys.test_personalised_and_cached import DJANGO_CACHED, shop_window
from tests.journeys.visitors import FIREFOX, Browser

pytestmark = pytest.mark.django_db

urlpatterns = [
    path("", shop_window),
    path("personalize/", include("personalize.urls")),
    path("admin/", admin.site.urls),
]


@pytest.fixture
def url(plain: Settings, editor: AbstractUser) -> str:
    plain.PERSONALIZE = {**plain.PERSONALIZE, "DECISION_SAMPLE_PERCENT": 100.0}
    page = new_page(editor)
    for key in ("hero", "teaser"):
        add_city_slot(placeholder_of(content_of(page)), key)
    publish(content_of(page), editor)
    return str(page.get_absolute_url("en"))


@pytest.fixture
def stored() -> Callable[[], list[DecisionSample]]:
    def flushed() -> list[DecisionSample]:
        samples.push()
        tasks.flush()
        return list(DecisionSample.objects.order_by("pk"))

    return flushed


def test_every_sampled_decision_is_made_again(url: str, stored: Any) -> None:
    """Of visitors of all kinds, from pages rendered and from pages in caches."""
    cities = ("Berlin", "Rome", "Oslo")
    seen = [Browser(city=city).get(url).content.decode() for city in cities for _ in range(3)]
    rows = stored()
    assert len(rows) == 2 * len(seen)
    for row in rows:
        again = decode(bytes(row.record)).decide_again()
        assert (again.variant or "", again.reason) == (row.variant, row.reason)
    assert {row.reason for row in rows} == {"targeting_match", "default"}


@pytest.mark.parametrize("consent", ["1.none", "", "1.personalization"])
def test_nothing_is_sampled_without_consent_to_analytics(
    url: str, stored: Any, consent: str
) -> None:
    Browser(city="Berlin", consent=consent).get(url)
    assert stored() == []


def test_an_analyst_reads_why(url: str, stored: Any) -> None:
    browser = Browser(city="Rome")
    browser.get(url)
    visitor = VisitorFactory(subject=browser.identity.subject)
    row = stored()[0]
    address = f"/admin/personalize/decisionsample/{row.pk}/change/"
    analyst = Client()
    analyst.force_login(UserFactory(permissions=["view_decisionsample", "view_profile"]))
    body = analyst.get(address).content.decode()
    assert "it comes out the same" in body
    assert "their city is “Berlin”" in body
    assert "actually Rome" in body
    assert "“Rome”" in body
    assert f"/admin/personalize/visitor/{visitor.pk}/change/" in body
    listed = analyst.get("/admin/personalize/decisionsample/")
    assert "targeting_match" in listed.content.decode()


def test_the_list_asks_for_names_once(
    url: str, stored: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        Browser(city="Rome").get(url)
    assert len(stored()) == 24
    owner = Client()
    owner.force_login(UserFactory(is_superuser=True))
    with django_assert_max_num_queries(15):
        page = owner.get("/admin/personalize/decisionsample/").content.decode()
    assert page.count("Rome</td>") == 24


def test_the_panel_says_whether_the_page_came_from_a_cache(plain: Settings) -> None:
    plain.ROOT_URLCONF = __name__
    plain.MIDDLEWARE = DJANGO_CACHED
    editor = Client(headers={"user-agent": FIREFOX})
    user = UserFactory(permissions=["view_segment"])
    editor.force_login(user)
    editor.cookies[COOKIE] = Preview(str(user.pk), asks_why=True).signed()
    assert "Page: rendered for this view" in editor.get("/").content.decode()
    assert "Page: from a cache" in editor.get("/").content.decode()


@pytest.mark.parametrize("permission", ["view_decisionsample", "view_profile"])
def test_who_may_not_see_profiles_reads_no_decision(url: str, stored: Any, permission: str) -> None:
    Browser(city="Rome").get(url)
    (row, _) = stored()
    client = Client()
    client.force_login(UserFactory(permissions=[permission]))
    for address in ("", f"{row.pk}/change/"):
        assert client.get(f"/admin/personalize/decisionsample/{address}").status_code == 403


def test_a_decision_that_comes_out_differently_says_so(url: str, stored: Any) -> None:
    Browser(city="Rome").get(url)
    row = stored()[0]
    DecisionSample.objects.filter(pk=row.pk).update(reason="error", variant="")
    owner = Client()
    owner.force_login(UserFactory(is_superuser=True))
    page = owner.get(f"/admin/personalize/decisionsample/{row.pk}/change/").content.decode()
    assert "it comes out differently" in page
