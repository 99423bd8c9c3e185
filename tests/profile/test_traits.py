"""Computed traits: their states are bounded in time."""

from personalize.profile.traits import computed_trait
from personalize.rules.syntax import Behaviour
from personalize.rules.windows import DAY

NOW = 1_780_000_000_000
VIEWS = Behaviour("Viewed", "count", "7d")


def test_what_can_never_count_again_is_dropped() -> None:
    trait = computed_trait(VIEWS)
    old, new = trait.window.bucket(NOW - 8 * DAY), trait.window.bucket(NOW)
    assert trait.tidied({old: 3, new: 2}, sessions=[], now=NOW) == {new: 2}


def test_clocks_that_run_ahead_do_not_make_a_state_grow() -> None:
    trait = computed_trait(VIEWS)
    ahead = {trait.window.bucket(NOW + day * DAY): 1 for day in range(1_000)}
    assert len(trait.tidied(ahead, sessions=[], now=NOW)) == 128
