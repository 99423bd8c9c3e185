"""Deciding: the order of reasons, and that nothing makes it fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize import metrics
from personalize.decide.assign import is_held_out
from personalize.decide.decide import decide
from personalize.decide.decision import (
    Candidate,
    Decision,
    Plan,
    PlannedArm,
    PlannedSlot,
    Reason,
    Viewer,
)
from personalize.profile.profile import Profile
from personalize.rules.facts import Facts
from tests.decide.plans import (
    FROM_BERLIN,
    NOBODY,
    ON_PHONES,
    VIPS,
    experiment,
    hero,
    plan_of,
    variant,
)

NOW = 1_700_000_000_000
CONTROL, TREATMENT = PlannedArm("control", None, 1), PlannedArm("new", "b", 1)


def decided(plan: Plan, **given: Any) -> Decision:
    profile: Profile | None = given.pop("profile", None)
    context: dict[str, Any] = given.pop("context", {})
    return decide(profile, context, ["hero"], plan=plan, now=NOW, **given)["hero"]


def outcome(plan: Plan, **given: Any) -> tuple[str | None, Reason]:
    decision = decided(plan, **given)
    return decision.variant, decision.reason


def held_out_id() -> str:
    return next(str(n) for n in range(10_000) if is_held_out(str(n), share=0.05))


def test_decide_shows_the_variant_whose_audience_matches() -> None:
    plan = plan_of(hero(variant("vip", VIPS)))
    visitor = Profile("a:visitor", segments={"vip": 0})
    assert outcome(plan, profile=visitor) == ("vip", Reason.TARGETING_MATCH)
    assert outcome(plan, profile=Profile("a:stranger")) == (None, Reason.DEFAULT)


def test_decide_prefers_the_lowest_priority_number() -> None:
    plan = plan_of(hero(variant("late", priority=20), variant("early", priority=10)))
    assert outcome(plan) == ("early", Reason.TARGETING_MATCH)


def test_decide_answers_a_slot_that_nobody_knows_with_its_default() -> None:
    assert outcome(plan_of()) == (None, Reason.DEFAULT)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_shown"),
    [(None, None, True), (NOW, None, True), (NOW + 1, None, False), (None, NOW, False)],
)
def test_decide_keeps_to_the_schedule(
    starts_at: int | None, ends_at: int | None, is_shown: bool
) -> None:
    plan = plan_of(hero(variant("a", starts_at=starts_at, ends_at=ends_at)))
    assert (decided(plan).variant == "a") is is_shown


def test_decide_without_consent_tries_only_what_the_request_decides() -> None:
    """Row S24: contextual rules work without consent, and the profile is not looked at."""
    berlin, phone = variant("berlin", FROM_BERLIN, priority=1), variant("phone", ON_PHONES)
    viewer = Viewer(has_consent=False)
    visitor = Profile("a:visitor", traits={"city": "Berlin"})
    plan = plan_of(hero(berlin, phone))
    on_phone = {"device": "phone"}
    assert outcome(plan, profile=visitor, viewer=viewer) == (None, Reason.NO_CONSENT)
    assert outcome(plan, profile=visitor, viewer=viewer, context=on_phone)[0] == "phone"


def test_decide_without_consent_does_not_take_missing_knowledge_for_a_no() -> None:
    not_vip = {"field": "segments", "operator": "notIn", "value": ["vip"]}
    plan = plan_of(hero(variant("newcomer", not_vip)))
    assert outcome(plan, viewer=Viewer(has_consent=False)) == (None, Reason.NO_CONSENT)


def test_decide_without_consent_follows_contextual_segments() -> None:
    visitor = Profile("a:visitor", segments={"vip": 0})
    plan = plan_of(hero(variant("vip", VIPS)), contextual=frozenset({"vip"}))
    assert plan.is_contextual(plan.slot("hero").candidates[0])
    assert outcome(plan, profile=visitor, viewer=Viewer(has_consent=False))[0] is None


def test_decide_shows_bots_the_default() -> None:
    """Row S33."""
    plan = plan_of(hero(variant("a"), experiment=experiment(CONTROL, TREATMENT)))
    assert outcome(plan, viewer=Viewer("x", is_bot=True)) == (None, Reason.BOT)
    assert outcome(plan, profile=Profile("a:x", is_bot=True)) == (None, Reason.BOT)


def test_decide_shows_the_default_when_the_store_did_not_answer() -> None:
    assert outcome(plan_of(hero(variant("a"))), viewer=Viewer("x", is_stale=True)) == (
        None,
        Reason.STALE,
    )


def test_decide_marks_the_global_holdout() -> None:
    plan = plan_of(hero(variant("a"), experiment=experiment(TREATMENT)), holdout=0.05)
    assert outcome(plan, viewer=Viewer(held_out_id())) == (None, Reason.HOLDOUT)
    assert outcome(plan, viewer=Viewer("")) == ("a", Reason.TARGETING_MATCH)


def test_decide_puts_an_experiment_before_the_variants() -> None:
    plan = plan_of(hero(variant("a"), experiment=experiment(CONTROL, TREATMENT)))
    arms = {decided(plan, viewer=Viewer(str(n))) for n in range(50)}
    assert arms == {
        Decision("hero", None, Reason.SPLIT, "seed", "control"),
        Decision("hero", "b", Reason.SPLIT, "seed", "new"),
    }


def test_decide_leaves_those_outside_an_experiment_to_the_variants() -> None:
    plan = plan_of(hero(variant("a"), experiment=experiment(TREATMENT, rule=NOBODY)))
    assert outcome(plan, viewer=Viewer("x")) == ("a", Reason.TARGETING_MATCH)


def test_decide_needs_somebody_to_assign_an_arm_to() -> None:
    plan = plan_of(hero(experiment=experiment(TREATMENT)))
    assert outcome(plan, viewer=Viewer("")) == (None, Reason.DEFAULT)
    assert outcome(plan, viewer=Viewer("x", has_consent=False)) == (None, Reason.NO_CONSENT)


def test_decide_answers_a_failing_slot_with_its_default_and_counts_it() -> None:
    def broken(facts: Facts) -> bool:
        raise RuntimeError

    plan = plan_of(hero(Candidate("a", broken)))
    before = metrics.snapshot().get("decide.error", 0)
    assert outcome(plan) == (None, Reason.ERROR)
    assert metrics.snapshot()["decide.error"] == before + 1


def test_decide_gives_the_neighbours_of_a_failing_slot_their_variants() -> None:
    weightless = experiment(PlannedArm("a", "a", 0))
    plan = plan_of(hero(experiment=weightless))
    answers = decide(
        None,
        {},
        ["hero", hero(variant("b")).__class__("foot", (variant("b"),))],
        plan=plan,
        now=NOW,
        viewer=Viewer("x"),
    )
    assert answers["hero"].reason is Reason.ERROR
    assert answers["foot"].variant == "b"


def test_decide_explains_every_rule_it_tried() -> None:
    """Row U11: the values met stand beside the conditions."""
    plan = plan_of(
        hero(variant("berlin", FROM_BERLIN), variant("all"), variant("never tried", priority=200))
    )
    visitor = Profile("a:visitor", traits={"city": "Hamburg"})
    tried = decided(plan, profile=visitor, explain=True).explanation
    assert [(step["variant"], step.get("matched"), step.get("skipped")) for step in tried] == [
        ("berlin", False, None),
        ("all", True, None),
        ("never tried", None, "decided"),
    ]
    assert tried[0]["rule"]["rules"][0]["actual"] == "Hamburg"


def skipped(plan: Plan, viewer: Viewer) -> dict[str | None, str | None]:
    told = decided(plan, viewer=viewer, explain=True).explanation
    return {step.get("variant", "experiment"): step.get("skipped") for step in told}


def test_decide_explains_what_it_skipped_U11() -> None:
    past, planned = variant("past", ON_PHONES, ends_at=1), variant("all", FROM_BERLIN)
    plan = plan_of(hero(past, planned, experiment=experiment(CONTROL, TREATMENT, traffic=0.0)))
    assert skipped(plan, Viewer("x")) == {"experiment": None, "past": "schedule", "all": None}
    assert skipped(plan, Viewer("x", has_consent=False)) == {
        "experiment": "no_consent",
        "past": "schedule",
        "all": "no_consent",
    }


@pytest.mark.parametrize(
    ("viewer", "reason"),
    [
        (Viewer("x", is_bot=True), "bot"),
        (Viewer("x", is_stale=True), "stale"),
        (Viewer("x"), "holdout"),
    ],
)
def test_decide_explains_that_nothing_was_tried_U11(viewer: Viewer, reason: str) -> None:
    slot = hero(variant("all"), experiment=experiment(CONTROL, TREATMENT))
    plan = plan_of(slot, holdout=1.0)
    assert skipped(plan, viewer) == {"experiment": reason, "all": reason}


@given(st.text(), st.booleans(), st.booleans(), st.dictionaries(st.text(), st.integers()))
def test_decide_explains_the_decision_it_makes(
    name: str, has_consent: bool, is_bot: bool, traits: dict[str, int]
) -> None:
    plan = plan_of(
        hero(
            variant("berlin", FROM_BERLIN),
            variant("phone", ON_PHONES),
            experiment=experiment(CONTROL, TREATMENT, traffic=0.5),
        ),
        holdout=0.1,
    )
    given_all = {
        "profile": Profile("a:x", traits=dict(traits)),
        "viewer": Viewer(name, has_consent=has_consent, is_bot=is_bot),
    }
    plain = decided(plan, **given_all)
    explained = decided(plan, explain=True, **given_all)
    assert (plain.variant, plain.reason, plain.arm) == (
        explained.variant,
        explained.reason,
        explained.arm,
    )


def test_decide_shows_one_variant_of_a_group_in_the_first_slot_that_may() -> None:
    def slot(key: str, *candidates: Candidate) -> PlannedSlot:
        return PlannedSlot(key, candidates)

    slots = [
        slot("top", variant("t", VIPS, group="sale")),  # not for this visitor
        slot("middle", variant("m", group="sale")),
        slot("side", variant("s", group="sale"), variant("other")),
        slot("foot", variant("f", group="sale")),
        slot("free", variant("g", group="news")),
    ]
    decisions = decide(None, {}, slots, plan=plan_of(), now=NOW, explain=True)
    assert [decision.variant for decision in decisions.values()] == [None, "m", "other", None, "g"]
    assert decisions["side"].explanation[0]["skipped"] == "group"
    assert decisions["foot"].reason is Reason.DEFAULT


def test_decide_shows_an_arm_although_its_group_is_taken() -> None:
    drawn = PlannedArm("new", "b", 1)
    slots = [
        PlannedSlot("top", (variant("a", group="sale"),)),
        PlannedSlot("hero", (variant("b", group="sale"),), experiment(drawn)),
    ]
    decisions = decide(None, {}, slots, plan=plan_of(), now=NOW, viewer=Viewer("visitor"))
    assert [decision.variant for decision in decisions.values()] == ["a", "b"]
