"""Aggregates and windows are known by name."""

import pytest

from personalize.rules.aggregates import (
    AGGREGATES,
    checked_aggregate,
    checked_window,
    window_minutes,
)
from personalize.rules.fields import Unexpected


def test_every_aggregate_of_the_language_exists() -> None:
    assert set(AGGREGATES) == {
        *("count", "sum", "min", "max", "average", "distinct", "first", "last", "top"),
        *("days_active", "seconds_since_last", "seconds_since_first"),
    }
    assert all(checked_aggregate(name) == name for name in AGGREGATES)


def test_an_aggregate_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Unexpected, match="Did you mean 'average'"):
        checked_aggregate("avarage")


@pytest.mark.parametrize(
    ("window", "minutes"), [("1m", 1), ("30m", 30), ("24h", 1_440), ("7d", 10_080)]
)
def test_a_window_has_a_length(window: str, minutes: int) -> None:
    assert window_minutes(window) == minutes


def test_a_window_may_be_the_session_or_all_time() -> None:
    assert [checked_window(window) for window in ("session", "", None)] == ["session", None, None]


@pytest.mark.parametrize("window", ["7", "d", "0d", "07d", "-1d", "1.5d", "7w", "٧d", "7d ", 7, []])
def test_what_is_no_window_is_refused(window: object) -> None:
    with pytest.raises(Unexpected, match="expected nothing"):
        checked_window(window)


@pytest.mark.parametrize("window", ["1921d", "46081h", "999999999m"])
def test_a_window_longer_than_what_is_kept_is_refused(window: str) -> None:
    with pytest.raises(Unexpected, match="at most 1920d"):
        checked_window(window)
