"""The screens of slots and variants."""

import pytest
from django.urls import reverse

from personalize.models import Variant
from tests.factories import SlotFactory, VariantFactory


def form(slot, **fields):
    plain = {"name": "Hello", "slot": slot.pk, "audience": "", "priority": 100, "kind": "rich_text"}
    return {**plain, "content": "<p>Hi</p>", "template": "", "data": "", **fields}


def test_a_slot_lists_its_variants_and_says_how_templates_name_it(owner):
    variant = VariantFactory(name="For phones")

    page = owner.get(reverse("admin:personalize_slot_change", args=[variant.slot.pk]))

    assert "For phones" in page.content.decode()
    assert f"{{% slot &quot;{variant.slot.key}&quot;" in page.content.decode().replace(
        '"', "&quot;"
    )


@pytest.mark.parametrize("nothing", ["", "null", "{}"])
def test_no_audience_is_everybody(owner, nothing):
    fields = form(SlotFactory(), audience=nothing, data=nothing)
    owner.post(reverse("admin:personalize_variant_add"), fields)

    assert (Variant.objects.get().audience, Variant.objects.get().data) == ({}, {})


def test_an_audience_that_is_a_list_is_refused(owner):
    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), audience="[]"))

    assert "expected a group or a condition" in page.content.decode()


def test_a_variant_is_made_live_by_those_who_may_publish(owner):
    owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), is_live="on"))

    assert Variant.objects.get().is_live


def test_without_the_permission_to_publish_a_variant_stays_a_draft_S15(staff):
    editor = staff("add_variant", "change_variant", "view_variant", "view_slot")

    editor.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), is_live="on"))

    assert not Variant.objects.get().is_live


def test_without_it_what_is_live_is_neither_changed_nor_deleted_S15(staff):
    variant = VariantFactory(is_live=True)
    editor = staff("change_variant", "view_variant", "delete_variant")
    change = reverse("admin:personalize_variant_change", args=[variant.pk])
    chosen = {"action": "delete_selected", "_selected_action": [variant.pk], "post": "yes"}

    assert editor.post(change, form(variant.slot)).status_code == 403
    editor.post(reverse("admin:personalize_variant_changelist"), chosen)
    assert Variant.objects.filter(pk=variant.pk).exists()


def test_a_variant_that_ends_before_it_starts_is_refused(owner):
    schedule = {
        "starts_at_0": "2026-11-20", "starts_at_1": "12:00",
        "ends_at_0": "2026-11-19", "ends_at_1": "12:00",
    }  # fmt: skip

    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), **schedule))

    assert "must end after it starts" in page.content.decode()


def test_a_variant_without_the_content_of_its_kind_is_refused(owner):
    page = owner.post(reverse("admin:personalize_variant_add"), form(SlotFactory(), content=""))

    assert "This kind of variant needs it." in page.content.decode()
