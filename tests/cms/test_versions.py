"""Drafts, published and earlier versions, schedules and languages (row U8)."""

import re
from datetime import timedelta

import pytest
from cms.api import create_page_content
from cms.models import PageContent
from cms.utils.plugins import copy_plugins_to_placeholder
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from djangocms_versioning.models import Version
from pytest_django import Settings

from personalize.cms.editing import order_variants
from personalize.cms.models import PageSlot, PageVariant
from tests.cms.pages import (
    add_city_slot,
    add_slot,
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
    content = content_of(new_page(editor))
    add_city_slot(placeholder_of(content))
    return content


def seen(content: PageContent, browser: Browser) -> str:
    body = browser.get(content.page.get_absolute_url("en")).content.decode()
    found = re.search(r"<main>(.*)</main>", body, re.S)
    assert found
    return found[1]


def successor(content: PageContent, editor: AbstractUser) -> PageContent:
    """Return a new draft of the version, as Edit or Revert makes one."""
    return Version.objects.get_for_content(content).copy(editor).content


def test_a_draft_changes_nothing_before_it_is_published(draft, editor):
    publish(draft, editor)
    berliner, roman = Browser(city="Berlin"), Browser(city="Rome")
    before = seen(draft, berliner)
    later = successor(draft, editor)
    slot = PageSlot.objects.get(placeholder=placeholder_of(later))
    PageVariant.objects.filter(parent=slot, name="Berlin").update(audience={})
    order_variants(slot, [v.pk for v in PageVariant.objects.filter(parent=slot).order_by("-pk")])
    assert seen(draft, berliner) == before

    publish(later, editor)
    assert "hero for Rome" in seen(later, roman)
    assert "hero for Berlin" in seen(later, Browser())


def test_a_revert_shows_the_same_variants_byte_for_byte(draft, editor):
    publish(draft, editor)
    people = [Browser(city="Berlin"), Browser(city="Rome"), Browser()]
    before = [seen(draft, person) for person in people]
    identities = set(PageVariant.objects.values_list("uuid", flat=True))
    later = successor(draft, editor)
    PageVariant.objects.filter(placeholder=placeholder_of(later)).first().delete()
    publish(later, editor)
    assert [seen(later, person) for person in people] != before

    reverted = successor(draft, editor)
    publish(reverted, editor)
    assert [seen(reverted, person) for person in people] == before
    kept = PageVariant.objects.filter(placeholder=placeholder_of(reverted))
    assert set(kept.values_list("uuid", flat=True)) == identities


def test_a_schedule_begins_and_ends_on_time_on_a_stored_page(plain, editor, monkeypatch):
    content = content_of(new_page(editor))
    slot = add_slot(placeholder_of(content), "hero", "the default")
    begin = timezone.now() + timedelta(minutes=10)
    end = begin + timedelta(minutes=10)
    add_variant(slot, "Sale", {}, "the sale", starts_at=begin, ends_at=end)
    publish(content, editor)
    visitor = Browser()

    def at(moment):
        now = int(moment.timestamp() * 1_000_000_000)
        monkeypatch.setattr("personalize.middleware.time.time_ns", lambda: now)
        return seen(content, visitor)

    second = timedelta(seconds=1)
    assert "the default" in at(begin - second)
    assert "the sale" in at(begin)
    assert "the sale" in at(end - second)
    assert "the default" in at(end)


def test_another_language_has_the_same_slots_and_variants(draft, editor, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    german = create_page_content(
        "de", "Start", draft.page, template="plain.html", created_by=editor
    )
    target = placeholder_of(german)
    copy_plugins_to_placeholder(
        list(placeholder_of(draft).get_plugins("en")), target, language="de"
    )

    copied = PageVariant.objects.filter(placeholder=target)
    assert set(copied.values_list("language", flat=True)) == {"de"}
    original = PageVariant.objects.filter(placeholder=placeholder_of(draft))
    assert set(copied.values_list("uuid", flat=True)) == set(
        original.values_list("uuid", flat=True)
    )
    assert PageSlot.objects.get(placeholder=target).key == "hero"
