import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.rules.evaluate import property_reader
from personalize.rules.typed import member, order_of, typed, typed_properties

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab.\x1e\x1f", max_size=2)
objects = st.recursive(
    scalars,
    lambda inner: st.dictionaries(st.text("ab.", min_size=1, max_size=3), inner, max_size=3),
)


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
        (None, None),
        ([], "l\x1f"),
        (["a", 1, True], "l\x1fsa\x1fn1\x1fb1\x1f"),
        (["a\x1fb\x1ec", None, {"b": 1}], 'l\x1fsa\x1e1b\x1e0c\x1fjnull\x1fj{"b":1}\x1f'),
        ({"b": 1, "a": None}, 'j{"a":null,"b":1}'),
    ],
)
def test_a_value_is_typed(value, text):
    assert typed(value) == text


@given(st.dictionaries(st.text("ab.", min_size=1, max_size=3), objects, max_size=4))
def test_properties_are_under_every_name_by_which_a_rule_reads_them(properties):
    texts = typed_properties(properties)
    names = {
        f"{one}{dot}{two}" for one in "ab" for two in ("", "a", "b", "a.b") for dot in ("", ".")
    }
    for name in names | texts.keys():
        assert texts.get(name) == typed(property_reader(name)(properties))
    assert list(texts) == sorted(texts)


@given(st.lists(scalars), st.text("ab\x1e\x1f", max_size=3))
def test_a_list_has_a_member_when_its_typed_text_does(values, text):
    assert (f"\x1f{member(text)}\x1f" in (typed(values) or "")) == (text in values)


def test_mappings_of_one_moment_have_an_order_whatever_that_of_their_keys():
    assert order_of({"a": 1, "b": "x"}) == order_of({"b": "x", "a": 1})
    assert order_of({"a": "x"}) > order_of({"a": 1})
    assert order_of({"a": "x"}) != order_of({"b": "x"})
    assert order_of({"a": None}) == "\x1ea"
