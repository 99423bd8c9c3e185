"""Slots and variants: keys that templates can name, and content that a kind needs."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from personalize.models import Slot, Variant
from tests.factories import NOON, SlotFactory, VariantFactory

Kind = Variant.Kind
HOUR = timedelta(hours=1)
CONTENT = {"content": "<p>Hello</p>", "template": "teaser.html", "data": {"title": "Hello"}}


@pytest.mark.django_db
def test_a_slot_is_named_by_its_key_until_it_has_a_name():
    slot = SlotFactory(key="home.hero-1")
    slot.full_clean()
    assert str(slot) == "home.hero-1"
    slot.name = "Home, top"
    assert str(VariantFactory(slot=slot, name="Winter")) == "Home, top: Winter"


@pytest.mark.parametrize("key", ["a", "0", "home.hero_1-b", "a" * 100])
def test_a_key_of_small_letters_digits_and_joints_is_taken(key):
    SlotFactory.build(key=key).clean_fields()


@pytest.mark.parametrize("key", ["", "Hero", "-hero", ".hero", "a b", 'a"b', "é", "a\n", "a" * 101])
def test_another_key_is_refused(key):
    with pytest.raises(ValidationError) as refused:
        SlotFactory.build(key=key).clean_fields()
    assert list(refused.value.error_dict) == ["key"]


@pytest.mark.django_db
def test_a_key_names_one_slot():
    SlotFactory(key="hero")
    with pytest.raises(IntegrityError):
        Slot.objects.create(key="hero")


@pytest.mark.parametrize(
    ("kind", "field"),
    [(Kind.RICH_TEXT, "content"), (Kind.TEMPLATE, "template"), (Kind.JSON, "data")],
)
def test_a_variant_needs_the_content_of_its_kind_and_no_other(kind, field):
    nothing = {"content": "", "template": "", "data": {}}
    VariantFactory.build(kind=kind, **{**nothing, field: CONTENT[field]}).clean()
    with pytest.raises(ValidationError) as refused:
        VariantFactory.build(kind=kind, **{**CONTENT, field: nothing[field]}).clean()
    assert list(refused.value.error_dict) == [field]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("../../base.html", "a path below personalize/variants/, got base.html"),
        ("/etc/passwd", "a path below"),
        (".", "a path below"),
        ("nowhere.html", "no template personalize/variants/nowhere.html"),
        ("teaser.html/deeper", "no template"),
    ],
)
def test_a_template_that_is_none_of_the_variants_is_refused(name, complaint):
    with pytest.raises(ValidationError) as refused:
        VariantFactory.build(kind=Kind.TEMPLATE, template=name).clean()
    assert list(refused.value.error_dict) == ["template"]
    assert complaint in str(refused.value)


@pytest.mark.parametrize("data", [[1], [], "text", 7, True])
@pytest.mark.parametrize("kind", Kind)
def test_data_that_is_no_object_is_refused(kind, data):
    with pytest.raises(ValidationError) as refused:
        VariantFactory.build(kind=kind, **{**CONTENT, "data": data}).clean()
    assert list(refused.value.error_dict) == ["data"]


def test_no_data_is_an_empty_object():
    variant = VariantFactory.build(data=None)
    variant.clean()
    assert variant.data == {}


def test_a_variant_is_not_live_until_somebody_says_so():
    assert not VariantFactory.build().is_live


def test_an_audience_that_is_no_rule_is_refused():
    with pytest.raises(ValidationError) as refused:
        VariantFactory.build(audience={"rules": 7}).clean_fields(exclude=["slot"])
    assert list(refused.value.error_dict) == ["audience"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(None, None), (NOON, None), (None, NOON), (NOON, NOON + HOUR)],
)
def test_a_schedule_may_be_open_at_either_side(starts_at, ends_at):
    VariantFactory(starts_at=starts_at, ends_at=ends_at).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("ends_at", [NOON, NOON - HOUR])
def test_a_schedule_that_ends_before_it_starts_is_refused(ends_at):
    variant = VariantFactory.build(slot=SlotFactory(), starts_at=NOON, ends_at=ends_at)
    with pytest.raises(ValidationError, match="ends_after_start"):
        variant.full_clean()
    with pytest.raises(IntegrityError):
        variant.save()


@pytest.mark.django_db
def test_variants_stand_in_the_order_in_which_they_are_tried():
    slot = SlotFactory()
    for name, priority in [("last", 200), ("first", 1), ("second", 50), ("third", 50)]:
        VariantFactory(slot=slot, name=name, priority=priority)
    names = [variant.name for variant in slot.variants.all()]
    assert names == ["first", "second", "third", "last"]


@pytest.mark.django_db
def test_a_slots_variants_go_with_it():
    variant = VariantFactory()
    stranger = VariantFactory()
    variant.slot.delete()
    assert list(Variant.objects.all()) == [stranger]
