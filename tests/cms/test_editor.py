"""The page editor's addresses: who may use them, and that nothing changes before it is saved."""

from typing import Any

import pytest
from cms.models import PageContent
from django.contrib.auth.models import AbstractUser, Permission
from django.test import Client
from django.utils import timezone
from djangocms_versioning.models import Version
from pytest_django import Settings

from personalize.cms.editor import ADD, ORDER, WRAP, address, menu_items
from personalize.cms.models import PageSlot, PageVariant
from tests.cms.pages import add_city_slot, add_text, content_of, new_page, placeholder_of, publish
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

EDITS = ("change_page", "add_text", "change_text", "delete_text")
PERSONALIZES = ("add_pageslot", "change_pageslot", "add_pagevariant", "change_pagevariant")


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    content = content_of(new_page(editor))
    add_text(placeholder_of(content), "Welcome")
    return content


@pytest.fixture
def at_work(client: Client, editor: AbstractUser) -> Client:
    client.force_login(editor)
    return client


def text_of(content: PageContent) -> Any:
    return placeholder_of(content).get_plugins("en").first()


def with_permissions(*names: str) -> AbstractUser:
    user: AbstractUser = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


FILLED = {"name": "Regulars", "priority": "100", "copies_default": "on", "audience": "{}"}


def test_a_saved_form_puts_a_slot_around_the_content_and_a_copy_into_the_variant(draft, at_work):
    answer = at_work.post(address(ADD, text_of(draft)), FILLED)

    assert b"data-bridge" in answer.content
    slot, variant = PageSlot.objects.get(), PageVariant.objects.get()
    assert variant.parent_id == slot.pk
    assert [child.plugin_type for child in slot.cmsplugin_set.order_by("position")] == [
        "TextPlugin",
        "VariantPlugin",
    ]
    assert variant.cmsplugin_set.get().get_bound_plugin().body == "<p>Welcome</p>"


def test_a_form_that_is_only_looked_at_or_is_faulty_changes_nothing(draft, at_work):
    plugin = text_of(draft)
    assert at_work.get(address(ADD, plugin)).status_code == 200
    answer = at_work.post(address(ADD, plugin), {**FILLED, "name": ""})

    assert b"This field is required" in answer.content
    assert not PageSlot.objects.exists()


def test_an_empty_variant_is_begun_on_request(draft, at_work):
    at_work.post(address(ADD, text_of(draft)), {**FILLED, "copies_default": ""})

    assert not PageVariant.objects.get().cmsplugin_set.exists()


def test_a_change_counts_as_one_of_the_version(draft, at_work):
    before = timezone.now()
    at_work.post(address(WRAP, text_of(draft)))

    assert PageSlot.objects.exists()
    assert Version.objects.get_for_content(draft).modified > before


def test_an_order_is_saved_and_one_that_is_none_is_refused(draft, at_work):
    slot = add_city_slot(placeholder_of(draft))
    keys = [variant.pk for variant in PageVariant.objects.order_by("-pk")]
    answer = at_work.post(address(ORDER, slot), {"variant": keys})

    assert answer.json()["priorities"] == {str(keys[0]): 10, str(keys[1]): 20}
    for wrong in ([], ["x"], keys[:1]):
        assert at_work.post(address(ORDER, slot), {"variant": wrong}).status_code == 400


def test_only_post_changes_anything(draft, at_work):
    assert at_work.get(address(WRAP, text_of(draft))).status_code == 405
    assert at_work.get(address(ORDER, text_of(draft))).status_code == 405


def test_what_cannot_stand_in_a_slot_is_refused(draft, at_work):
    add_city_slot(placeholder_of(draft))
    variant = PageVariant.objects.first()

    assert at_work.post(address(WRAP, variant)).status_code == 400
    assert at_work.post(address(ADD, variant), FILLED).status_code == 400


def test_a_published_page_is_not_changed(draft, at_work, editor):
    publish(draft, editor)

    assert at_work.post(address(WRAP, text_of(draft))).status_code == 403
    assert at_work.post(address(ADD, text_of(draft)), FILLED).status_code == 403
    assert not PageSlot.objects.exists()


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        ((), False),
        (PERSONALIZES, False),  # not the page
        (EDITS, False),  # not slots and variants
        ((*EDITS, *PERSONALIZES), True),
    ],
)
def test_who_may_not_change_the_page_may_not_personalize_it(draft, client, permissions, may):
    somebody = with_permissions(*permissions)
    client.force_login(somebody)
    plugin = text_of(draft)
    slot = add_city_slot(placeholder_of(draft))
    keys = [variant.pk for variant in PageVariant.objects.order_by("-pk")]
    before = PageSlot.objects.count()

    answers = [
        client.post(address(ORDER, slot), {"variant": keys}).status_code,
        client.post(address(WRAP, plugin)).status_code,
    ]
    assert answers == ([200, 200] if may else [403, 403])
    assert PageSlot.objects.count() == before + may
    assert bool(menu_items(somebody, slot)) is may


def test_strangers_are_sent_to_the_log_in(draft, client):
    answer = client.post(address(WRAP, text_of(draft)))

    assert answer.status_code == 302
    assert "/login/" in answer["Location"]
