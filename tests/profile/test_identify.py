"""Identified traits: the latest event wins, what is removed stays removed, and they are bounded."""

from personalize.profile.identify import MOST_TRAIT_TEXT, MOST_TRAITS, learn
from personalize.profile.profile import Profile


def test_the_later_event_wins_whenever_it_arrives() -> None:
    visitor = Profile("a:visitor", traits={}, trait_times={})
    learn(visitor, {"plan": "gold"}, at=20)
    learn(visitor, {"plan": "silver"}, at=10)
    assert visitor.traits == {"plan": "gold"}


def test_an_older_event_cannot_bring_back_what_was_removed() -> None:
    visitor = Profile("a:visitor", traits={}, trait_times={})
    learn(visitor, {"plan": None}, at=20)
    learn(visitor, {"plan": "silver"}, at=10)
    assert visitor.traits == {}


def test_of_too_many_traits_the_latest_told_stay() -> None:
    visitor = Profile("a:visitor", traits={}, trait_times={})
    for number in range(MOST_TRAITS + 5):
        learn(visitor, {f"trait {number}": number}, at=number)
    assert len(visitor.traits) == MOST_TRAITS
    assert "trait 4" not in visitor.traits
    assert "trait 5" in visitor.traits


def test_a_value_that_is_too_large_is_left_out() -> None:
    visitor = Profile("a:visitor", traits={}, trait_times={})
    learn(visitor, {"essay": "x" * MOST_TRAIT_TEXT, "name": "Ada"}, at=1)
    assert visitor.traits == {"name": "Ada"}
