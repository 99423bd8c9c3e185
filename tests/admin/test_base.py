"""What the admin's screens share."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from personalize.admin.base import PersonalizeAdmin
from personalize.models import Source
from tests.factories import SourceFactory

OURS = [
    (model, screen)
    for model, screen in admin.site._registry.items()
    if isinstance(screen, PersonalizeAdmin)
]
PLAIN = [model for model, screen in OURS if model._meta.model_name != "dashboard"]


@pytest.mark.parametrize("model", [model for model, _ in OURS], ids=lambda m: m._meta.model_name)
def test_every_list_opens_for_its_owner_and_for_nobody_without_permission(owner, staff, model):
    address = reverse(f"admin:personalize_{model._meta.model_name}_changelist")

    assert owner.get(address).status_code == 200
    assert staff().get(address).status_code == 403


@pytest.mark.parametrize("model", [model for model, _ in OURS], ids=lambda m: m._meta.model_name)
def test_no_list_has_inline_scripts_or_styles(owner, model):
    page = owner.get(reverse(f"admin:personalize_{model._meta.model_name}_changelist"))
    content = page.content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", content)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", content)


@pytest.mark.parametrize("model", PLAIN, ids=lambda m: m._meta.model_name)
def test_every_form_to_add_a_row_opens_where_rows_may_be_added(owner, model):
    page = owner.get(reverse(f"admin:personalize_{model._meta.model_name}_add"))

    is_written_by_people = model._meta.model_name in {
        "cleaningpolicy", "eventdefinition", "experiment", "segment", "slot", "source", "trait",
        "variant",
    }  # fmt: skip
    assert page.status_code == (200 if is_written_by_people else 403)


def test_a_button_needs_its_permission(staff):
    source = SourceFactory()
    address = reverse("admin:personalize_source_press", args=[source.pk, "renew"])

    assert staff("view_source").post(address).status_code == 403
    assert Source.objects.get().key_hash == source.key_hash


def test_a_button_is_only_pressed_by_post(owner):
    address = reverse("admin:personalize_source_press", args=[SourceFactory().pk, "renew"])

    assert owner.get(address).status_code == 405
