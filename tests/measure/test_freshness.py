"""How old figures are."""

from datetime import timedelta

import pytest

from personalize.measure.freshness import freshness
from tests.factories import NOON


def fresh(**ago):
    return freshness(NOON - timedelta(**ago), entry="count-segments", now=NOON)


def test_it_says_how_old_a_figure_is_and_when_the_next_comes():
    found = fresh(minutes=3)

    assert (found.age, found.next_in) == (timedelta(minutes=3), timedelta(minutes=2))
    assert not found.is_overdue


def test_the_next_is_never_in_the_past():
    assert fresh(minutes=7).next_in == timedelta()


def test_a_turn_left_out_is_overdue():
    assert not fresh(minutes=10).is_overdue
    assert fresh(minutes=11).is_overdue


def test_what_was_never_computed_is_not_overdue():
    found = freshness(None, entry="count-segments", now=NOON)

    assert found.computed_at is None
    assert not found.is_overdue


def test_only_what_beat_does_has_a_freshness():
    with pytest.raises(KeyError):
        freshness(NOON, entry="nonsense", now=NOON)
