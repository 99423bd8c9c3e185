"""JSON schemas of slots: errors name the path, and nothing is fetched."""

import pytest
from django.core.exceptions import ValidationError

from personalize.models import Slot, Variant
from personalize.models.json_schema import faults_in, validate_schema

PRICED = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string"},
        "items": {
            "type": "array",
            "items": {"type": "object", "properties": {"price": {"type": "number"}}},
        },
    },
    "additionalProperties": False,
}


def test_what_fits_has_no_faults():
    assert faults_in({"title": "Tea", "items": [{"price": 3}]}, schema=PRICED) == []
    assert faults_in({"anything": 1}, schema={}) == []


def test_each_fault_names_its_path():
    faults = faults_in({"items": [{"price": 3}, {"price": "3"}], "colour": 1}, schema=PRICED)

    assert "items[1].price: '3' is not of type 'number'" in faults
    assert any("'title' is a required property" in fault for fault in faults)
    assert any("'colour'" in fault for fault in faults)


def test_a_schema_that_is_none_is_refused_with_its_path():
    with pytest.raises(ValidationError, match=r"properties\.title\.type: 'text' is not valid"):
        validate_schema({"properties": {"title": {"type": "text"}}})


def test_a_schema_of_another_site_is_not_fetched():
    faults = faults_in({}, schema={"$ref": "https://example.com/schema.json"})

    assert faults == [
        "The schema refers to https://example.com/schema.json, which it does not contain."
    ]


@pytest.mark.django_db
def test_a_variant_that_does_not_fit_its_slot_is_refused():
    slot = Slot.objects.create(key="offer", schema=PRICED)
    variant = Variant(slot=slot, name="a", kind=Variant.Kind.JSON, data={"title": 1})

    with pytest.raises(ValidationError) as refused:
        variant.full_clean()
    assert refused.value.message_dict == {"data": ["title: 1 is not of type 'string'"]}


@pytest.mark.django_db
def test_a_schema_that_a_variant_does_not_fit_is_refused():
    slot = Slot.objects.create(key="offer")
    Variant.objects.create(slot=slot, name="Old", kind=Variant.Kind.JSON, data={"title": 1})
    slot.schema = PRICED

    with pytest.raises(ValidationError, match=r"Old: title: 1 is not of type 'string'"):
        slot.full_clean()
