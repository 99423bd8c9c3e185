"""What editors do to plugins: slots around content, copies of the default, an order."""

import pytest
from cms.api import add_plugin
from cms.models import CMSPlugin, PageContent
from django.contrib.auth.models import AbstractUser
from pytest_django import Settings

from personalize.cms.editing import (
    copy_default,
    fits_a_slot,
    next_priority,
    order_variants,
    put_into_slot,
    variants_of,
)
from personalize.cms.models import PageSlot, PageVariant
from tests.cms.pages import add_city_slot, add_slot, add_text, add_variant, content_of, new_page
from tests.cms.pages import placeholder_of as placeholder_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    return content_of(new_page(editor))


def tree(content: PageContent) -> list[tuple[str, int, str]]:
    """Return the plugins in order: their depth, and what they show."""
    plugins = placeholder_in(content).get_plugins("en").order_by("position")
    rows = []
    for plugin in plugins:
        depth, parent = 0, plugin.parent
        while parent:
            depth, parent = depth + 1, parent.parent
        bound = plugin.get_bound_plugin()
        rows.append((plugin.plugin_type, depth, getattr(bound, "body", "") or str(bound)))
    return rows


def test_content_in_a_slot_stays_where_it_was_as_the_default(draft):
    placeholder = placeholder_in(draft)
    _, second, _ = (add_text(placeholder, text) for text in ("one", "two", "three"))

    slot = put_into_slot(second)

    assert [row[:2] for row in tree(draft)] == [
        ("TextPlugin", 0),
        ("SlotPlugin", 0),
        ("TextPlugin", 1),
        ("TextPlugin", 0),
    ]
    assert tree(draft)[2][2] == "<p>two</p>"
    assert slot.name == "Text two"
    positions = placeholder.get_plugins("en").order_by("position")
    assert list(positions.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_content_with_children_goes_into_the_slot_with_them(draft):
    placeholder = placeholder_in(draft)
    band = add_plugin(placeholder, "BandPlugin", "en", title="Band")
    add_text(placeholder, "one", target=band)
    add_text(placeholder, "two", target=band)
    add_text(placeholder, "after")

    put_into_slot(CMSPlugin.objects.get(pk=band.pk))

    assert [row[:2] for row in tree(draft)] == [
        ("SlotPlugin", 0),
        ("BandPlugin", 1),
        ("TextPlugin", 2),
        ("TextPlugin", 2),
        ("TextPlugin", 0),
    ]


def test_content_within_content_is_put_into_a_slot_there(draft):
    placeholder = placeholder_in(draft)
    band = add_plugin(placeholder, "BandPlugin", "en", title="Band")
    add_text(placeholder, "one", target=band)
    inner = add_text(placeholder, "two", target=band)

    slot = put_into_slot(inner)

    assert slot.parent_id == band.pk
    assert [row[1] for row in tree(draft)] == [0, 1, 1, 2]


def test_slots_and_variants_do_not_fit_a_slot_but_content_does(draft):
    slot = add_city_slot(placeholder_in(draft))
    plugins = placeholder_in(draft).get_plugins("en").select_related("parent", "placeholder")

    fitting = {plugin.plugin_type for plugin in plugins if fits_a_slot(plugin)}
    assert fitting == {"TextPlugin"}
    assert slot.pk


def test_a_merge_tag_in_a_text_does_not_fit_a_slot(draft):
    text = add_text(placeholder_in(draft), "Hello")
    tag = add_plugin(text.placeholder, "MergeTagPlugin", "en", target=text, trait="city")

    assert not fits_a_slot(CMSPlugin.objects.get(pk=tag.pk))


def test_a_copy_of_the_default_is_deep_and_leaves_the_other_variants_out(draft):
    placeholder = placeholder_in(draft)
    slot = add_slot(placeholder, "hero", "default")
    band = add_plugin(placeholder, "BandPlugin", "en", target=slot, title="Band")
    inner = add_plugin(placeholder, "SlotPlugin", "en", target=band, name="In", key="inner")
    add_text(placeholder, "deep", target=inner)
    add_variant(slot, "Other", {}, "not this")
    variant = add_plugin(placeholder, "VariantPlugin", "en", target=slot, name="New")

    copy_default(PageVariant.objects.get(pk=variant.pk))

    copied = [
        child.get_bound_plugin()
        for child in CMSPlugin.objects.filter(
            pk__in=PageVariant.objects.get(pk=variant.pk)._get_descendants_ids()
        ).order_by("position")
    ]
    assert [str(plugin.plugin_type) for plugin in copied] == [
        "TextPlugin",
        "BandPlugin",
        "SlotPlugin",
        "TextPlugin",
    ]
    assert "not this" not in str([getattr(plugin, "body", "") for plugin in copied])
    assert PageSlot.objects.exclude(key__in=["hero", "inner"]).count() == 1


def test_an_order_gives_new_priorities_and_a_new_variant_comes_after(draft):
    slot = add_city_slot(placeholder_in(draft))
    berlin, rome = variants_of(slot)

    order_variants(slot, [rome.pk, berlin.pk])

    assert [variant.name for variant in variants_of(slot)] == ["Rome", "Berlin"]
    assert next_priority(slot) > variants_of(slot)[-1].priority


@pytest.mark.parametrize("wrong", [[], [0], "missing", "doubled"])
def test_an_order_of_other_variants_is_refused(draft, wrong):
    slot = add_city_slot(placeholder_in(draft))
    keys = [variant.pk for variant in variants_of(slot)]
    order = {"missing": keys[:1], "doubled": [*keys, keys[0]]}.get(str(wrong), wrong)

    with pytest.raises(ValueError, match="expected the keys"):
        order_variants(slot, order)
