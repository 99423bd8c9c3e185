"""Values of the declared type."""

import pytest
from hypothesis import given

from personalize.clean.types import coerce, coerce_types
from personalize.events.declared import is_of_type
from tests.clean.drafts import draft_of
from tests.clean.strategies import values


@pytest.mark.parametrize(
    ("value", "type_", "result"),
    [
        ("12.50", "number", 12.5),
        (" 7 ", "number", 7),
        ("-0.5", "number", -0.5),
        ("007", "number", None),
        ("1,50", "number", None),
        ("12345678901234567", "number", None),
        (True, "number", None),
        (5, "text", "5"),
        (5.0, "text", "5"),
        (2.5, "text", "2.5"),
        (True, "text", "true"),
        ("True", "boolean", True),
        (0, "boolean", False),
        ("maybe", "boolean", None),
        ("a", "list", None),
    ],
)
def test_a_value_is_coerced_when_nothing_is_lost(value, type_, result):
    assert coerce(value, type_) == result
    assert type(coerce(value, type_)) is type(result)


def test_what_cannot_be_coerced_is_left_and_noted():
    draft = draft_of(
        {"price": "free", "n": "3"}, declared={n: {"type": "number"} for n in ("price", "n")}
    )
    coerce_types(draft)
    assert draft.properties == {"price": "free", "n": 3}
    assert sorted(draft.notes) == ["coerced:n", "mistyped:price"]


def test_what_is_missing_or_undeclared_is_not_touched():
    draft = draft_of({"price": None, "colour": 5}, declared={"price": {"type": "number"}})
    coerce_types(draft)
    assert draft.finished() is draft.event


@given(values)
def test_whatever_comes_is_coerced_to_the_type_or_not_at_all(value):
    for type_ in ("text", "number", "boolean", "list", "object"):
        coerced = coerce(value, type_)
        assert coerced is None or is_of_type(coerced, type_)
