"""Numbers far from all others."""

import pytest

from personalize.clean.outliers import mark_outliers
from personalize.clean.policy import Statistics
from tests.clean.drafts import draft_of

# Five deviations of 1.4826 MAD around the median: 7.4826 times 5 = 37.065.
KNOWN = {"price": Statistics(count=100, median=50.0, mad=5.0)}


def marked(value, *, statistics=KNOWN, **declared):
    draft = draft_of(
        {"price": value}, declared={"price": {"type": "number", **declared}}, statistics=statistics
    )
    mark_outliers(draft)
    return draft.properties["price"], draft.notes


def test_a_number_far_away_is_flagged_and_kept():
    assert marked(9_999, outliers="flag") == (9_999, ["outlier:price"])


@pytest.mark.parametrize(("given", "moved"), [(9_999, 87.065), (-9_999, 12.935)])
def test_a_winsorised_number_lies_on_the_bound_and_the_note_keeps_the_original(given, moved):
    value, notes = marked(given, outliers="winsorise")
    assert value == pytest.approx(moved)
    assert notes == [f"winsorised:price:{given}"]


@pytest.mark.parametrize("value", [50, 87, 13, "far", None, True])
def test_what_is_near_or_no_number_is_left_alone(value):
    assert marked(value, outliers="winsorise") == (value, [])


def test_the_rule_can_be_stricter():
    assert marked(80, outliers="flag", deviations=3)[1] == ["outlier:price"]
    assert marked(80, outliers="flag")[1] == []


@pytest.mark.parametrize(
    "known", [{}, {"price": Statistics(median=50.0, mad=0.0)}, {"price": Statistics()}]
)
def test_while_too_little_is_known_there_are_no_outliers(known):
    assert marked(9_999, outliers="flag", statistics=known) == (9_999, [])
