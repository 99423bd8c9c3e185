"""Headless pages: what djangocms-rest tells of a slot is what the visitor may see, also cached."""

import pytest
from cms.models import PageContent
from django.contrib.auth.models import AbstractUser
from pytest_django import Settings

from personalize.measure.exposures import buffer
from personalize.models import Slot
from tests.cms.pages import add_city_slot, content_of, new_page, placeholder_of, publish
from tests.cms.test_cms_plugins import page_with_alias, without_ours
from tests.factories import VariantFactory
from tests.journeys.visitors import Browser

pytest.importorskip("djangocms_rest")
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.cms.rest_urls")]


@pytest.fixture
def address(plain: Settings, editor: AbstractUser) -> str:
    """The address of a published page's placeholder."""
    content = content_of(new_page(editor))
    add_city_slot(placeholder_of(content))
    publish(content, editor)
    return address_of(content)


def address_of(content: PageContent) -> str:
    placeholder = placeholder_of(content)
    return f"/api/en/placeholders/{placeholder.content_type_id}/{content.pk}/content/"


def told(address: str, browser: Browser) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["content"])


def test_each_visitor_is_told_their_own_variant_from_one_cache(address):
    berliner, stranger = Browser(city="Berlin"), Browser()
    for _ in range(2):
        assert "hero for Berlin" in told(address, berliner)
        assert "everyone" not in told(address, berliner)
        assert "hero for everyone" in told(address, stranger)
        assert "Berlin" not in told(address, stranger)
        assert "Rome" not in told(address, stranger)


def test_no_audience_and_no_marker_leaves_the_site(address):
    answer = Browser(city="Berlin").get(address)
    assert "px" not in answer.content.decode().replace("/px", "")
    assert "trait.city" not in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-cache"


def test_a_slot_says_what_it_shows_and_is_counted(address):
    slot = Browser(city="Berlin").get(address).json()["content"][0]
    assert slot["key"] == "hero"
    assert len(slot["variant"]) == 36
    assert slot["exposure"]
    assert [event.properties["variant"] for event in buffer.waiting()] == [slot["variant"]]


def test_a_variant_of_the_database_comes_as_markup_or_as_data(address):
    audience = {"field": "trait.city", "operator": "=", "value": "Paris"}
    VariantFactory(
        slot=Slot.objects.get(key="hero"),
        kind="json",
        data={"title": "Bonjour"},
        audience=audience,
        is_live=True,
    )
    slot = Browser(city="Paris").get(address).json()["content"][0]
    assert slot["data"] == {"title": "Bonjour"}
    assert slot["children"] == []


def test_html_in_the_answer_is_filled_as_well(address):
    html = Browser(city='Ber"lin\\').get(f"{address}?html=1").json()["html"]
    assert "hero for everyone" in html
    assert "Berlin" not in html


def test_an_alias_tells_each_visitor_their_own(plain, editor):
    page_with_alias(editor)
    content = PageContent.admin_manager.latest("pk")
    address = address_of(content)
    for _ in range(2):
        assert "hero for Berlin" in told(address, Browser(city="Berlin"))
        assert "Berlin" not in told(address, Browser())


def test_without_the_middleware_there_are_only_defaults(address, settings):
    settings.MIDDLEWARE = without_ours(settings)
    body = told(address, Browser(city="Berlin"))
    assert "hero for everyone" in body
    assert "Berlin" not in body


def test_the_page_that_shows_an_answer_to_developers_tells_no_more(address):
    answer = Browser(city="Berlin").get(address, HTTP_ACCEPT="text/html")
    assert answer["Content-Type"].startswith("text/html")
    shown = answer.content.decode()
    assert "hero for everyone" in shown
    assert "hero for Berlin" not in shown
    assert "hero for Rome" not in shown
