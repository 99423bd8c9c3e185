"""Values survive as typed texts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from personalize.lake.values import decode_value
from personalize.rules.typed import typed

texts = st.text(st.characters(codec="utf-8") | st.sampled_from("\x1e\x1f01"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | texts
scalars |= st.floats(allow_nan=False, allow_infinity=False)
names = st.sampled_from(["a", "b", "a.b", "b.a", "a.b.a", "", "."])
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)


@given(anything)
def test_a_value_comes_back_as_it_went_in(value: Any):
    assert decode_value(typed(value)) == value
