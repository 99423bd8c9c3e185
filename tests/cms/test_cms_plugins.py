"""Slots and variants in pages: what visitors see, what editors see, what versions keep."""

import pytest
from cms.api import add_plugin
from cms.models import PageContent
from cms.toolbar.utils import get_object_edit_url, get_object_preview_url
from django.contrib.auth.models import AbstractUser
from django.core.cache import cache
from djangocms_alias.models import Alias, AliasContent, Category
from djangocms_versioning.models import Version
from pytest_django import Settings

from personalize.cms.models import PageSlot, PageVariant
from tests.cms.pages import (
    FROM_BERLIN,
    add_city_slot,
    add_slot,
    add_text,
    add_variant,
    content_of,
    new_page,
    placeholder_of,
    publish,
)
from tests.journeys.visitors import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    """A page with one slot, not yet published."""
    content = content_of(new_page(editor))
    add_city_slot(placeholder_of(content))
    return content


@pytest.fixture
def url(draft: PageContent, editor: AbstractUser) -> str:
    """The address of that page, published."""
    publish(draft, editor)
    return str(draft.page.get_absolute_url("en"))


def seen(url: str, browser: Browser) -> str:
    return browser.get(url).content.decode()


def test_slot_shows_one_variant_to_its_audience(url: str) -> None:
    body = seen(url, Browser(city="Berlin"))
    assert "hero for Berlin" in body
    assert "hero for everyone" not in body
    assert "hero for Rome" not in body


def test_slot_shows_everything_else_as_the_default(url: str) -> None:
    body = seen(url, Browser(city="Paris"))
    assert "hero for everyone" in body
    assert "for Berlin" not in body


def test_edit_mode_shows_every_variant_with_a_badge(
    draft: PageContent, editor: AbstractUser
) -> None:
    """Row U6."""
    browser = Browser(city="Berlin")
    browser.force_login(editor)
    body = seen(get_object_edit_url(draft, "en"), browser)
    for text in ("everyone", "Berlin", "Rome"):
        assert f"hero for {text}" in body
    assert "Variant “Berlin”" in body
    assert "<!--px" not in body


def test_preview_mode_shows_exactly_one(draft: PageContent, editor: AbstractUser) -> None:
    """Row U6."""
    browser = Browser(city="Berlin")
    browser.force_login(editor)
    body = seen(get_object_preview_url(draft, "en"), browser)
    shown = [text for text in ("everyone", "Berlin", "Rome") if f"hero for {text}" in body]
    assert len(shown) == 1


def test_slots_within_variants_are_decided_too(plain: Settings, editor: AbstractUser) -> None:
    content = content_of(new_page(editor))
    placeholder = placeholder_of(content)
    outer = add_slot(placeholder, "outer", "outer default")
    variant = add_variant(outer, "b", FROM_BERLIN, "outer Berlin")
    inner = add_plugin(placeholder, "SlotPlugin", "en", target=variant, name="In", key="inner")
    add_text(placeholder, "inner default", target=inner)
    add_variant(inner, "b", FROM_BERLIN, "inner Berlin")
    publish(content, editor)
    url = content.page.get_absolute_url("en")
    body = seen(url, Browser(city="Berlin"))
    assert "outer Berlin" in body
    assert "inner Berlin" in body
    assert "default" not in body
    assert "inner" not in seen(url, Browser())


def test_an_alias_shows_each_visitor_their_own_variant(
    plain: Settings, editor: AbstractUser
) -> None:
    """The placeholder cache ignores what an alias holds; holes do not care."""
    url = page_with_alias(editor)
    berliner, stranger = Browser(city="Berlin"), Browser()
    for _ in range(2):
        assert "hero for Berlin" in seen(url, berliner)
        assert "hero for everyone" in seen(url, stranger)
        assert "for Berlin" not in seen(url, stranger)


def test_without_the_middleware_a_page_is_decided_in_place_and_not_stored(
    url: str, settings: Settings
) -> None:
    settings.MIDDLEWARE = without_ours(settings)
    berliner, stranger = Browser(city="Berlin"), Browser()
    for _ in range(2):
        response = berliner.get(url)
        assert b"hero for Berlin" in response.content
        assert "no-store" in response["Cache-Control"]
        assert "hero for everyone" in seen(url, stranger)


def test_without_the_middleware_an_alias_shows_its_default(
    plain: Settings, editor: AbstractUser
) -> None:
    """What embeds an alias would store what is decided in it."""
    url = page_with_alias(editor)
    plain.MIDDLEWARE = without_ours(plain)
    for _ in range(2):
        body = seen(url, Browser(city="Berlin"))
        assert "hero for everyone" in body
        assert "for Berlin" not in body
        assert "<!--px" not in body


def test_a_page_in_another_language_has_its_own_variants(
    plain: Settings, editor: AbstractUser
) -> None:
    from cms.api import create_page_content

    plain.LANGUAGES = [("en", "English"), ("de", "German")]
    page = new_page(editor)
    english = content_of(page)
    add_city_slot(placeholder_of(english))
    publish(english, editor)
    german = create_page_content("de", "Start", page, created_by=editor)
    slot = add_plugin(placeholder_of(german), "SlotPlugin", "de", name="Held", key="hero")
    variant = add_plugin(
        placeholder_of(german), "VariantPlugin", "de", target=slot, name="b", audience=FROM_BERLIN
    )
    add_plugin(placeholder_of(german), "TextPlugin", "de", target=variant, body="für Berlin")
    publish(german, editor)
    berliner = Browser(city="Berlin")
    berliner.cookies["django_language"] = "de"
    body = seen(page.get_absolute_url("de"), berliner)
    assert "für Berlin" in body
    assert "hero for Berlin" not in body


def test_a_new_draft_keeps_key_and_variants_and_publishing_swaps_them(
    url: str, draft: PageContent, editor: AbstractUser
) -> None:
    """Row U8: results survive versions, and visitors see a change only when it is published."""
    berliner = Browser(city="Berlin")
    assert "hero for Berlin" in seen(url, berliner)
    copied = Version.objects.get_for_content(draft).copy(editor).content
    slots = PageSlot.objects.filter(key="hero")
    assert slots.count() == 2
    assert PageVariant.objects.filter(name="Berlin").values("uuid").distinct().count() == 1
    PageVariant.objects.filter(name="Berlin", placeholder=placeholder_of(copied)).update(
        audience={"field": "trait.city", "operator": "=", "value": "Kyiv"}
    )
    assert "hero for Berlin" in seen(url, berliner)
    publish(copied, editor)
    assert "hero for everyone" in seen(url, berliner)
    assert "hero for Berlin" in seen(url, Browser(city="Kyiv"))


def test_a_variant_out_of_its_schedule_is_not_shown_from_a_stored_page(
    plain: Settings, editor: AbstractUser, past_and_future: tuple[object, object]
) -> None:
    past, future = past_and_future
    content = content_of(new_page(editor))
    slot = add_slot(placeholder_of(content), "hero", "the default")
    add_variant(slot, "over", {}, "it is over", ends_at=past)
    add_variant(slot, "soon", {}, "it comes soon", starts_at=future)
    publish(content, editor)
    body = seen(content.page.get_absolute_url("en"), Browser())
    assert "the default" in body
    assert "it is over" not in body
    assert "it comes soon" not in body


@pytest.fixture
def past_and_future() -> tuple[object, object]:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)


def without_ours(settings: Settings) -> list[str]:
    return [path for path in settings.MIDDLEWARE if not path.startswith("personalize.")]


def page_with_alias(editor: AbstractUser) -> str:
    category = Category.objects.create(name="All")
    alias = Alias.objects.create(category=category)
    shared = AliasContent.objects.with_user(editor).create(alias=alias, name="Ad", language="en")
    placeholder = alias.get_placeholder(language="en", show_draft_content=True)
    add_city_slot(placeholder)
    publish(shared, editor)
    content = content_of(new_page(editor))
    add_plugin(placeholder_of(content), "Alias", "en", template="default", alias=alias)
    publish(content, editor)
    cache.clear()
    return str(content.page.get_absolute_url("en"))


def test_a_page_shows_one_variant_of_a_group(plain: Settings, editor: AbstractUser) -> None:
    """Row U10."""
    content = content_of(new_page(editor))
    for key in ("top", "side"):
        slot = add_slot(placeholder_of(content), key, f"{key} default")
        add_variant(slot, "Sale", {}, f"{key} sale", group="sale")
    publish(content, editor)
    for _ in range(2):
        body = seen(str(content.page.get_absolute_url("en")), Browser())
        assert "top sale" in body
        assert "side default" in body
        assert "side sale" not in body


def test_an_alias_within_a_page_is_not_edited_there(plain: Settings, editor: AbstractUser) -> None:
    page_with_alias(editor)
    content = PageContent.admin_manager.latest("pk")
    draft = Version.objects.get_for_content(content).copy(editor).content
    browser = Browser(city="Berlin")
    browser.force_login(editor)
    body = seen(get_object_edit_url(draft, "en"), browser)
    assert "hero for Berlin" in body
    assert "data-pz-slot" not in body
    assert "hero for Rome" not in body
