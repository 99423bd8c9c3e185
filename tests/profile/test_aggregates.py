"""Aggregates: joining states in any order and grouping is the same, and what does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.profile.aggregates import (
    AGGREGATES,
    MOST_DISTINCT,
    MOST_TOP_VALUES,
    keep_distinct,
    keep_frequent,
)

SAMPLES = st.tuples(st.integers(1, 10**13), st.integers(-9, 9) | st.sampled_from([0.1, 19.99]))


@pytest.mark.parametrize("name", AGGREGATES)
@given(st.lists(SAMPLES, min_size=3, max_size=3))
def test_merge_does_not_depend_on_order_or_grouping(
    name: str, samples: list[tuple[int, float]]
) -> None:
    aggregate = AGGREGATES[name]
    one, two, three = (aggregate.cell(at, value) for at, value in samples)
    merge = aggregate.merge
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@pytest.mark.parametrize("name", [name for name, row in AGGREGATES.items() if row.add])
@given(SAMPLES, SAMPLES)
def test_the_short_way_is_the_same_as_merging(
    name: str, held: tuple[int, float], more: tuple[int, float]
) -> None:
    aggregate = AGGREGATES[name]
    cell = aggregate.cell(*held)
    assert aggregate.add
    assert aggregate.add(cell, *more) == aggregate.merge(cell, aggregate.cell(*more))


@pytest.mark.parametrize("value", [None, "7", True, float("nan"), float("inf"), 10**13, [1], {}])
def test_what_is_no_number_is_not_summed(value: object) -> None:
    assert AGGREGATES["sum"].reads(value) is None


def test_sums_of_tenths_are_exact() -> None:
    aggregate = AGGREGATES["sum"]
    total = aggregate.cell(0, 0.1)
    for _ in range(9):
        total = aggregate.merge(total, aggregate.cell(0, 0.1))
    assert aggregate.value([total], 0) == 1


def test_different_values_are_counted_up_to_256() -> None:
    buckets = {bucket: sorted(range(bucket * 90, bucket * 90 + 90)) for bucket in range(5)}
    kept = keep_distinct(buckets)
    assert sum(map(len, kept.values())) == MOST_DISTINCT
    assert kept[4] == buckets[4]


def test_a_value_is_kept_in_its_newest_bucket_alone() -> None:
    assert keep_distinct({1: [7, 8], 2: [7]}) == {2: [7], 1: [8]}


def test_the_most_frequent_values_are_kept() -> None:
    cell = {f"value {number}": number for number in range(1, 200)}
    kept = keep_frequent({0: cell})[0]
    assert len(kept) == MOST_TOP_VALUES
    assert "value 199" in kept
    assert "value 1" not in kept
