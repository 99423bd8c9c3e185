"""Keeping segments up to date: transitions, and when time alone makes one."""

import pytest

from personalize.profile.fold import fold
from personalize.profile.profile import Profile
from personalize.profile.traits import trait_set
from personalize.rules.syntax import Behaviour, to_json
from personalize.segment.compiled import SegmentSet
from personalize.segment.facts import VisitorFacts
from personalize.segment.refresh import Transition, next_change, refreshed, watched
from tests.profile.naive import GAP, event
from tests.segment.test_facts import segment

NOW = 1_780_000_000_000
SECOND, HOUR = 1_000, 3_600_000


def asking(behaviour: Behaviour, operator: str = ">", value: object = 0) -> SegmentSet:
    leaf = {"field": "behaviour", "behaviour": to_json(behaviour), "operator": operator}
    return SegmentSet({"keen": segment("keen", {**leaf, "value": value})})


def viewed(behaviour: Behaviour, *ages: int) -> Profile:
    views = [event(NOW - age) for age in ages]
    return fold(Profile("a:visitor"), views, traits=trait_set([behaviour]), now=NOW)


def facts(profile: Profile, segments: SegmentSet, *, now: int = NOW) -> VisitorFacts:
    return VisitorFacts(profile, context={}, segments=segments, now=now)


def test_entering_and_leaving_are_told_once() -> None:
    views = Behaviour("Viewed", "count", "1h")
    segments = asking(views)
    entered, moves = refreshed(facts(viewed(views, 0), segments), segments=segments, now=NOW)
    assert moves == [Transition("a:visitor", "keen", NOW)]
    assert refreshed(facts(entered, segments), segments=segments, now=NOW) == (entered, [])
    later = NOW + 2 * HOUR
    left, moves = refreshed(facts(entered, segments, now=later), segments=segments, now=later)
    assert moves == [Transition("a:visitor", "keen", NOW, later)]
    assert left.segments == {}


def test_a_bot_belongs_nowhere() -> None:
    views = Behaviour("Viewed", "count")
    profile = viewed(views, 0)
    profile.is_bot = True
    segments = asking(views)
    assert refreshed(facts(profile, segments), segments=segments, now=NOW)[1] == []


@pytest.mark.parametrize(
    ("behaviour", "operator", "value", "age"),
    [
        (Behaviour("Viewed", "count", "1h"), ">", 0, HOUR // 2),
        (Behaviour("Viewed", "count", "session"), ">", 0, HOUR // 10),
        (Behaviour("Viewed", "seconds_since_last"), ">", 60, 30 * SECOND),
        (Behaviour("Viewed", "seconds_since_first"), ">=", 60, 30 * SECOND),
        (Behaviour("Viewed", "seconds_since_last"), "<", 60, 30 * SECOND),
        (Behaviour("Viewed", "seconds_since_last"), "between", [10, 40], 30 * SECOND),
    ],
)
def test_the_next_change_is_the_very_moment_at_which_the_rule_turns(
    behaviour: Behaviour, operator: str, value: object, age: int
) -> None:
    segments = asking(behaviour, operator, value)
    profile = viewed(behaviour, age)
    at = next_change(facts(profile, segments), watch=watched(segments), gap=GAP, now=NOW)
    assert at
    held = [facts(profile, segments, now=now).in_segment("keen") for now in (NOW, at - 1, at)]
    # The first step may be one before the turn, never one after it.
    if held[0] == held[2]:
        after = facts(profile, segments, now=at)
        at = next_change(after, watch=watched(segments), gap=GAP, now=at)
        assert at
        held = [facts(profile, segments, now=now).in_segment("keen") for now in (NOW, at - 1, at)]
    assert held[0] == held[1]
    assert held[1] != held[2]


def test_a_rule_over_all_time_waits_for_nothing() -> None:
    views = Behaviour("Viewed", "count")
    segments = asking(views)
    assert (
        next_change(facts(viewed(views, 0), segments), watch=watched(segments), gap=GAP, now=NOW)
        is None
    )
