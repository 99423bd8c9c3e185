"""A visitor's point is fixed, evenly spread, and independent from draw to draw."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.stats.bucketing import bucket, pick

CASES = json.loads((Path(__file__).parents[1] / "cases" / "bucketing.json").read_text())
SUBJECTS = [f"a:visitor-{number}" for number in range(20_000)]

# Chi-square with 99 degrees of freedom exceeds this once in a million draws.
CHI_SQUARE_99 = 176.0


@pytest.mark.parametrize("case", CASES["bucket"])
def test_a_visitor_falls_where_the_reference_says(case: dict[str, Any]) -> None:
    assert bucket(case["seed"], case["subject"]) == case["point"]


@pytest.mark.parametrize("case", CASES["pick"])
def test_a_point_picks_what_the_reference_says(case: dict[str, Any]) -> None:
    assert pick(case["weights"], case["point"]) == case["index"]


def chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


@pytest.mark.parametrize("seed", ["a-seed", "another-seed", ""])
def test_visitors_spread_evenly(seed: str) -> None:
    counts = [0] * 100
    for subject in SUBJECTS:
        counts[int(bucket(seed, subject) * 100)] += 1

    assert chi_square(counts) < CHI_SQUARE_99


def test_two_draws_are_independent() -> None:
    counts = [0] * 100
    for subject in SUBJECTS:
        first, second = bucket("a-seed", subject), bucket("another-seed", subject)
        counts[int(first * 10) * 10 + int(second * 10)] += 1

    assert chi_square(counts) < CHI_SQUARE_99


@given(st.text(st.characters(codec=None, exclude_categories=[])), st.text())
def test_any_subject_has_a_point_below_one(subject: str, seed: str) -> None:
    assert 0 <= bucket(seed, subject) < 1


@given(
    st.lists(st.integers(0, 10**9), min_size=1).filter(any),
    st.floats(0, 1, exclude_max=True),
)
def test_a_weight_of_nothing_is_never_picked(weights: list[int], point: float) -> None:
    assert weights[pick(weights, point)] > 0


def test_weights_are_shares() -> None:
    counts = [0, 0, 0]
    for subject in SUBJECTS:
        counts[pick([50, 30, 20], bucket("a-seed", subject))] += 1

    shares = [count / len(SUBJECTS) for count in counts]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights: expected integers of at least 0"):
        pick(weights, 0.5)
