"""Values are brought to one form, or refused with what was expected."""

import pytest

from personalize.rules.fields import Kind, Unexpected
from personalize.rules.operators import OPERATORS
from personalize.rules.values import checked_name, checked_property, checked_text, checked_value


@pytest.mark.parametrize(
    ("operator", "given", "kept"),
    [
        ("=", 2.0, 2),
        ("=", 2.5, 2.5),
        ("=", True, True),
        ("in", ["a", 1.0], ("a", 1)),
        ("between", [1, 2], (1, 2)),
        ("null", "anything", None),
        ("matches", "^a", "^a"),
    ],
)
def test_a_value_is_brought_to_one_form(operator: str, given: object, kept: object) -> None:
    checked = checked_value(given, operator=OPERATORS[operator], kind=Kind.ANY)

    assert (checked, type(checked)) == (kept, type(kept))


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 2**53 + 1, -(10**400)])
def test_a_number_that_json_cannot_carry_is_refused(number: float) -> None:
    with pytest.raises(Unexpected, match="expected a"):
        checked_value(number, operator=OPERATORS["="], kind=Kind.ANY)


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(Unexpected, match="at most 1000 values, got 1001"):
        checked_value(["a"] * 1_001, operator=OPERATORS["in"], kind=Kind.ANY)


@pytest.mark.parametrize("text", ["a\x00", "\ud800", "a" * 1_001, None, 3])
def test_a_text_that_no_store_keeps_is_refused(text: object) -> None:
    with pytest.raises(Unexpected, match="expected"):
        checked_text(text)


@pytest.mark.parametrize("name", ["", "  ", None, "a" * 129])
def test_a_name_is_neither_empty_nor_long(name: object) -> None:
    with pytest.raises(Unexpected, match="expected"):
        checked_name(name, expected="a name")


def test_a_property_is_given_where_it_is_needed_and_only_there() -> None:
    assert checked_property("price", is_needed=True) == "price"
    assert checked_property("", is_needed=False) is None
    with pytest.raises(Unexpected, match="the name of the property"):
        checked_property(None, is_needed=True)
    with pytest.raises(Unexpected, match="expected nothing"):
        checked_property("price", is_needed=False)
