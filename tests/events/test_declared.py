"""What the registry's JSON may say of a property."""

import pytest

from personalize.events.declared import InvalidProperties, is_of_type, parse_properties


def test_a_declaration_has_defaults_that_do_nothing():
    declared = parse_properties({"price": {"type": "number"}})["price"]
    assert (declared.missing, declared.outliers, declared.unit, declared.masked) == (
        "leave",
        "leave",
        "",
        True,
    )


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"type": "money"}, "price: type: expected one of text, number, boolean, list, object"),
        ({}, "price: type: expected one of text, number, boolean, list, object, got nothing"),
        ({"type": "number", "missing": "drop"}, "price: missing: expected one of leave, "),
        ({"type": "number", "unit": "stone"}, "price: unit: expected one of money, g, "),
        ({"type": "text", "unit": "kg"}, "price: unit: expected a property of type number"),
        ({"type": "text", "outliers": "flag"}, "price: outliers: expected a property of type"),
        ({"type": "number", "deviations": 0}, "price: deviations: expected 1.0 or more"),
        ({"type": "number", "missing": "default"}, "price: default: expected a value of type n"),
        (
            {"type": "text", "missing": "impute", "impute": "median"},
            "price: impute: expected a property of type number for the median",
        ),
        (
            {"type": "list", "missing": "impute", "impute": "mode"},
            "price: impute: expected a property of type number, text or boolean for the mode",
        ),
        ({"type": "number", "colour": 1}, "price: Object contains unknown field colour"),
        ("number", "price: expected object, got str"),
    ],
)
def test_a_fault_names_its_property_and_what_was_expected(given, fault):
    with pytest.raises(InvalidProperties) as raised:
        parse_properties({"price": given, "colour": {"type": "text"}})
    assert [each.startswith(fault) for each in raised.value.faults] == [True], raised.value.faults


def test_a_property_within_another_has_a_unit_only():
    parse_properties({"products.price": {"type": "number", "unit": "money"}})
    with pytest.raises(InvalidProperties, match=r"products\.price: a property within another"):
        parse_properties({"products.price": {"type": "number", "outliers": "flag"}})


def test_what_is_no_object_is_refused():
    with pytest.raises(InvalidProperties, match="expected an object"):
        parse_properties(["price"])


def test_true_is_no_number_and_one_is_not_true():
    assert (is_of_type(True, "number"), is_of_type(1, "boolean")) == (False, False)
    assert (is_of_type(True, "boolean"), is_of_type(1, "number")) == (True, True)
