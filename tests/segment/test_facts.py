"""Facts of a visitor: true at the moment of asking, and of nobody when there is no profile."""

import pytest

from personalize.profile.fold import fold
from personalize.profile.profile import Profile, Session
from personalize.profile.traits import trait_set
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Behaviour, parse
from personalize.segment.compiled import CompiledSegment, SegmentSet
from personalize.segment.facts import VisitorFacts
from tests.profile.naive import event

NOW = 1_780_000_000_000
HOUR = 3_600_000
VIEWS = Behaviour("Viewed", "count", "1h")


def segment(slug: str, rule: object, *, kind: str = "rule") -> CompiledSegment:
    parsed = parse(rule)
    return CompiledSegment(slug, kind, compile_rule(parsed), parsed)


def facts_of(
    profile: Profile | None, *segments: CompiledSegment, now: int = NOW, **computed: Behaviour
) -> VisitorFacts:
    segment_set = SegmentSet({each.slug: each for each in segments}, computed)
    return VisitorFacts(profile, context={"device": "phone"}, segments=segment_set, now=now)


@pytest.fixture
def visitor() -> Profile:
    views = [event(NOW - 60_000), event(NOW)]
    return fold(Profile("a:visitor"), views, traits=trait_set([VIEWS]), now=NOW)


def test_a_window_ends_when_it_is_asked_for(visitor: Profile) -> None:
    assert facts_of(visitor).behaviour(VIEWS) == 2
    assert facts_of(visitor, now=NOW + 2 * HOUR).behaviour(VIEWS) == 0


def test_a_computed_trait_is_known_by_its_key_too(visitor: Profile) -> None:
    facts = facts_of(visitor, views_in_an_hour=VIEWS)
    assert facts.trait("views_in_an_hour") == 2
    assert facts.trait("unheard_of") is None


def test_somebody_unknown_has_done_nothing() -> None:
    facts = facts_of(None)
    assert facts.behaviour(VIEWS) == 0
    assert facts.behaviour(Behaviour("Viewed", "last", None, "colour")) is None
    assert (facts.session("views"), facts.session("number")) == (0, 1)
    assert (facts.session("entry_path"), facts.trait("plan")) == (None, None)
    assert facts.context("device") == "phone"


def test_a_session_is_known_while_it_goes_on() -> None:
    session = Session(NOW - 90_000, NOW, views=4, entry_path="/")
    visitor = Profile("a:visitor", sessions=[session], session_count=7)
    facts = facts_of(visitor)
    known = [facts.session(name) for name in ("views", "seconds", "entry_path", "number")]
    assert known == [4, 90, "/", 7]
    assert facts_of(visitor, now=NOW + HOUR).session("views") == 0


def test_a_segment_may_name_another() -> None:
    keen = segment("keen", {"field": "trait.keen", "operator": "=", "value": True})
    both = segment("both", {"field": "segments", "operator": "contains", "value": "keen"})
    visitor = Profile("a:visitor", traits={"keen": True})
    assert facts_of(visitor, both, keen).in_segment("both")
    assert not facts_of(None, both, keen).in_segment("both")


def test_segments_that_name_each_other_in_a_circle_are_empty() -> None:
    one = segment("one", {"field": "segments", "operator": "contains", "value": "two"})
    two = segment("two", {"field": "segments", "operator": "contains", "value": "one"})
    assert not facts_of(None, one, two).in_segment("one")


def test_a_static_segment_has_those_who_were_assigned() -> None:
    vips = segment("vips", {}, kind="static")
    assert facts_of(Profile("a:visitor", assigned=["vips"]), vips).has_segments()
    assert not facts_of(None, vips).has_segments()
