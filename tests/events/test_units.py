"""Numbers from one unit to another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.events.units import UNITS, converted, exchanged


@pytest.mark.parametrize(
    ("value", "given", "wanted", "result"),
    [
        (2, "lb", "kg", 0.907185),
        (90, "min", "h", 1.5),
        (212, "F", "C", 100),
        (0, "C", "K", 273.15),
        (12, "in", "cm", 30.48),
        (1, "kg", "m", None),
        (1, "stone", "kg", None),
        (10**400, "kg", "g", None),
    ],
)
def test_a_number_is_converted_within_its_dimension(value, given, wanted, result):
    assert converted(value, given=given, wanted=wanted) == result


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_a_unit_is_itself(unit, value):
    assert converted(value, given=unit, wanted=unit) == pytest.approx(value, abs=1e-5)


def test_money_is_exchanged_to_the_millionth_and_never_infinite():
    assert exchanged(12.5, rate=0.92) == 11.5
    assert exchanged(1e308, rate=10) is None
