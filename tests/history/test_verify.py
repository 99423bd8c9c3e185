"""Two profiles are the same when events made the same of them, at one moment."""

from msgspec.structs import replace

from personalize.history.verify import differences
from personalize.profile.fold import fold
from personalize.profile.profile import Profile
from personalize.profile.traits import trait_set
from personalize.rules.syntax import Behaviour
from tests.profile.naive import DAY, event

NOW = 1_790_000_000_000
VIEWS = Behaviour("Viewed", "count", "1d")
TRAITS = trait_set([VIEWS])


def viewed(*times: int, now: int = NOW) -> Profile:
    events = [event(at, number=at) for at in times]
    return fold(Profile("a:visitor"), events, traits=TRAITS, now=now)


def names(live: Profile, made: Profile) -> list[str]:
    return [each.name for each in differences(live, made, traits=TRAITS, now=NOW)]


def test_a_profile_is_the_same_as_itself() -> None:
    assert names(viewed(NOW, NOW - 5), viewed(NOW - 5, NOW)) == []


def test_a_field_and_a_trait_that_differ_are_named() -> None:
    assert names(viewed(NOW), viewed(NOW, NOW)) == ["events", VIEWS.key]


def test_what_no_longer_counts_makes_no_difference() -> None:
    old, now = NOW - 3 * DAY, NOW
    tidied, untidied = viewed(old, now), viewed(old, now, now=old)
    assert tidied.computed != untidied.computed
    assert names(tidied, untidied) == []


def test_what_events_do_not_make_is_not_compared() -> None:
    profile = viewed(NOW)
    changed = replace(profile, assigned=["vip"], segments={"keen": 1}, placed_at_version=9)
    assert names(profile, changed) == []
