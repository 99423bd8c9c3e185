"""What pages use cannot be deleted: segments in audiences, traits in rules and merge tags (U9)."""

import pytest
from cms.api import add_plugin
from cms.models import PageContent
from cms.toolbar.utils import get_object_edit_url, get_object_preview_url
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from personalize.models import Trait
from personalize.segment.usage import usages
from tests.cms.pages import (
    FROM_BERLIN,
    add_slot,
    add_variant,
    content_of,
    new_page,
    placeholder_of,
    publish,
)
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    return content_of(new_page(editor))


@pytest.fixture
def city(db: None) -> Trait:
    return Trait.objects.create(key="city", name="City")


def test_a_variant_of_a_draft_is_found_with_the_address_of_its_editor(draft):
    vip = SegmentFactory(slug="vip")
    slot = add_slot(placeholder_of(draft), "hero", "default")
    add_variant(slot, "Regulars", {}, "text", segments=["vip"])

    usage = usages(vip)[0]
    assert str(usage) == f"variant in a page “Regulars” ({draft})"
    assert usage.url == get_object_edit_url(draft, "en")


def test_a_published_page_is_looked_at_and_an_old_version_does_not_count(draft, editor):
    vip = SegmentFactory(slug="vip")
    slot = add_slot(placeholder_of(draft), "hero", "default")
    add_variant(slot, "Regulars", {}, "text", segments=["vip"])
    publish(draft, editor)
    assert [usage.url for usage in usages(vip)] == [get_object_preview_url(draft, "en")]

    draft.versions.first().unpublish(editor)
    assert usages(vip) == []


def test_a_trait_is_used_by_rules_and_by_merge_tags(draft, city):
    placeholder = placeholder_of(draft)
    add_variant(add_slot(placeholder, "hero", "default"), "Berlin", FROM_BERLIN, "text")
    text = add_plugin(placeholder, "TextPlugin", "en", body="")
    add_plugin(placeholder, "MergeTagPlugin", "en", target=text, trait="city", fallback="here")
    segment = SegmentFactory(rule={"combinator": "and", "rules": [FROM_BERLIN]})

    names = {str(usage.row) for usage in usages(city)}
    assert names == {"Berlin", "city | here", str(segment)}


def test_a_trait_in_use_is_refused_with_links_to_where(draft, city, client: Client, editor):
    add_variant(add_slot(placeholder_of(draft), "hero", "x"), "Berlin", FROM_BERLIN, "text")
    client.force_login(editor)
    url = reverse("admin:personalize_trait_delete", args=[city.pk])

    for answer in (client.get(url), client.post(url, {"post": "yes"})):
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "cannot be deleted" in page
        assert get_object_edit_url(draft, "en").replace("&", "&amp;") in page
    assert Trait.objects.filter(pk=city.pk).exists()


def test_a_trait_that_nothing_names_can_be_deleted(city, client: Client, editor):
    client.force_login(editor)
    client.post(reverse("admin:personalize_trait_delete", args=[city.pk]), {"post": "yes"})

    assert not Trait.objects.filter(pk=city.pk).exists()
