"""Why a slot shows what it shows: each attempt, each condition, in words."""

import pytest

from personalize.decide.decision import Plan, PlannedArm, PlannedSlot, Reason, Viewer
from personalize.decide.record import Record
from personalize.profile.profile import Profile
from personalize.render.why import REASONS, SKIPPED, Why, whys_of
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import Facts, PlainFacts
from personalize.rules.syntax import parse
from personalize.segment.compiled import CompiledSegment, SegmentSet
from personalize.segment.facts import VisitorFacts
from tests.decide.plans import EVERYBODY, FROM_BERLIN, NOBODY, VIPS, experiment, hero, variant

pytestmark = pytest.mark.django_db
NOW = 1_700_000_000_000
ROMAN = PlainFacts(traits={"city": "Rome"})


def why(slot: PlannedSlot, facts: Facts = ROMAN, **fields: object) -> Why:
    viewer = Viewer(**{"visitor": "ada", **fields})  # type: ignore[arg-type]
    plan = Plan(facts=lambda *_: facts)
    return whys_of([Record.of(slot, plan=plan, facts=facts, viewer=viewer, now=NOW)])[0]


def test_the_chosen_variant_and_those_before_it_are_told() -> None:
    found = why(hero(variant("berlin", FROM_BERLIN), variant("all", EVERYBODY), variant("late")))
    assert (found.slot, found.shown, found.reason) == ("hero", "all", "targeting_match")
    assert [(each.name, each.is_chosen, each.outcome) for each in found.attempts] == [
        ("berlin", False, "its audience does not match"),
        ("all", True, "its audience matches: chosen"),
        ("late", False, "not tried: decided before its turn came"),
    ]


def test_a_condition_says_what_it_met() -> None:
    (attempt,) = why(hero(variant("berlin", FROM_BERLIN))).attempts
    assert attempt.audience
    assert attempt.audience.words == "their city is “Berlin”"
    assert (attempt.audience.matched, attempt.audience.actual) == (False, "Rome")


def test_a_condition_on_segments_is_unfolded_with_the_age_of_its_values() -> None:
    rule = parse(FROM_BERLIN)
    segments = SegmentSet({"vip": CompiledSegment("vip", "rule", compile_rule(rule), rule)})
    profile = Profile("a:1", traits={"city": "Berlin"}, trait_times={"city": NOW - 7_200_000})
    facts = VisitorFacts(profile, context={}, segments=segments, now=NOW)
    (attempt,) = why(hero(variant("for vips", VIPS)), facts).attempts
    assert attempt.audience
    assert attempt.audience.actual == "vip"
    (city,) = attempt.audience.children
    assert (city.words, city.matched) == ("their city is “Berlin”", True)
    assert (city.actual, city.age) == ("Berlin", "2\xa0hours old")


def test_an_arm_is_told_with_its_draw() -> None:
    found = why(hero(experiment=experiment(PlannedArm("warm", "w", 1))))
    assert (found.shown, found.reason) == ("w", "split")
    (attempt,) = found.attempts
    assert attempt.is_experiment
    assert attempt.outcome.startswith("drew 0.")
    assert attempt.outcome.endswith("which is arm “warm”")


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"traffic": 0.0}, "not in the 0 % of visitors who take part"),
        ({"rule": NOBODY}, "its audience does not match"),
    ],
)
def test_an_experiment_without_the_visitor_says_why(
    fields: dict[str, object], outcome: str
) -> None:
    arm = PlannedArm("warm", "w", 1)
    found = why(hero(experiment=experiment(arm, **fields)))  # type: ignore[arg-type]
    assert (found.is_default, found.attempts[0].outcome) == (True, outcome)


@pytest.mark.parametrize("fields", [{"is_bot": True}, {"is_stale": True}, {"has_consent": False}])
def test_what_keeps_rules_from_being_asked_is_told(fields: dict[str, object]) -> None:
    arm = PlannedArm("warm", "w", 1)
    found = why(hero(variant("b", FROM_BERLIN), experiment=experiment(arm)), **fields)
    assert found.is_default
    assert [each.audience for each in found.attempts] == [None, None]
    assert all(each.outcome.startswith("not tried: ") for each in found.attempts)


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)
    assert {"schedule", "decided", "group"} < set(SKIPPED)
