"""Isolating: those with which a step fails are found, and an outage is nobody's fault."""

from collections.abc import Sequence

import pytest
from django.db import DataError, InternalError, OperationalError
from hypothesis import given
from hypothesis import strategies as st

from personalize.profile.isolate import isolating


def doubled(numbers: Sequence[int]) -> list[int]:
    """Double the numbers; any negative one spoils the batch."""
    if min(numbers) < 0:
        raise DataError("out of range")
    return [2 * number for number in numbers]


@given(st.lists(st.integers(-2, 9)))
def test_all_pass_but_those_that_fail_alone(numbers: list[int]) -> None:
    failed: list[int] = []
    made = isolating(doubled, numbers, failed=lambda number, error: failed.append(number))
    assert made == [2 * number for number in numbers if number >= 0]
    assert failed == [number for number in numbers if number < 0]


@pytest.mark.parametrize("error", [OperationalError("gone"), InternalError("read-only")])
def test_an_outage_is_raised_at_once(error: Exception) -> None:
    def refuse(numbers: Sequence[int]) -> list[int]:
        raise error

    with pytest.raises(type(error)):
        isolating(refuse, [1, 2], failed=lambda number, error: pytest.fail("nobody failed"))
