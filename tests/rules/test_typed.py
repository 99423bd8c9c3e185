"""Values as typed texts: one form for every type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.rules.evaluate import property_reader
from personalize.rules.typed import END, member, order_of, typed, typed_map, typed_names

texts = st.text(st.characters(codec="utf-8") | st.sampled_from("\x1e\x1f01"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts
names = st.sampled_from(["a", "b", "a.b", "b.a", "a.b.a", "", "."])
objects = st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("pro", "spro"),
        (5, "n5"),
        (5.0, "n5"),
        (-0.0, "n0"),
        (2.5, "n2.5"),
        (1e300, "n1e+300"),
        (True, "b1"),
        (False, "b0"),
        (None, "z"),
        ([], "l\x1f"),
        (["a", 1, True], "l\x1fsa\x1fn1\x1fb1\x1f"),
        (["a\x1fb\x1ec", None, {"b": 1}, [1]], 'l\x1fsa\x1e1b\x1e0c\x1fz\x1fj{"b":1}\x1fj[1]\x1f'),
        ({"b": 1, "a": None}, 'j{"a":null,"b":1}'),
    ],
)
def test_a_value_is_typed(value: Any, text: str):
    assert typed(value) == text


@given(
    st.dictionaries(names, objects, max_size=4),
    st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=4),
)
def test_a_name_stands_for_what_a_rule_reads_under_it(properties: dict[str, Any], steps: list[str]):
    name = ".".join(steps)
    value = property_reader(name)(properties)
    found = typed_names(properties)
    assert found.get(name) == (None if value is None else typed(value))
    assert list(found) == sorted(found)


@given(st.lists(scalars, max_size=4), scalars)
def test_a_member_is_found_as_a_part_of_the_list(members: list[Any], wanted: Any):
    is_part = f"{END}{member(wanted)}{END}" in typed(members)
    assert is_part == (typed(wanted) in map(typed, members))


def test_mappings_of_one_moment_have_an_order_whatever_that_of_their_keys():
    assert order_of({"a": 1, "b": "x"}) == order_of({"b": "x", "a": 1})
    assert order_of({"a": "x"}) > order_of({"a": 1})
    assert order_of({"a": "x"}) != order_of({"b": "x"})


def test_traits_that_are_taken_away_stay_in_the_map():
    assert list(typed_map({"plan": None, "age": 7}).items()) == [("age", "n7"), ("plan", None)]
