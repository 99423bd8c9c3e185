"""Windows: the granule, what counts, and when that changes."""

import pytest

from personalize.rules.windows import DAY, GRANULES, HOUR, MINUTE, MOST_BUCKETS, window_of


def test_a_window_of_seven_days_is_cut_into_three_hours() -> None:
    window = window_of("7d")
    assert (window.granule, window.buckets) == (3 * HOUR, 56)


@pytest.mark.parametrize("text", ["1m", "64m", "65m", "24h", "64d", "65d", "1920d"])
def test_a_window_has_at_most_64_buckets_of_the_smallest_granule_that_allows(text: str) -> None:
    window = window_of(text)
    smaller = [granule for granule in GRANULES if granule < window.granule]
    assert window.buckets <= MOST_BUCKETS
    assert all(window.buckets * window.granule > MOST_BUCKETS * granule for granule in smaller)


def test_the_bucket_that_holds_now_counts_and_the_one_before_the_window_does_not() -> None:
    window, now = window_of("5m"), 100 * MINUTE
    assert window.first(now) == window.bucket(now) - 4


def test_the_next_change_is_when_the_oldest_bucket_leaves() -> None:
    window, now = window_of("5m"), 100 * MINUTE
    changes_at = window.next_change([98, 99], now=now)
    assert changes_at == 103 * MINUTE
    assert window.first(changes_at - 1) == 98
    assert window.first(changes_at) == 99


def test_all_time_never_changes() -> None:
    assert window_of(None).next_change([0], now=DAY) is None


def test_days_are_the_granule_where_days_are_counted() -> None:
    assert window_of("36h", by_day=True).buckets == 2
