"""What previewed visitors are: members, doers, drawn into arms, at another time."""

import uuid
from typing import Any

import pytest

from personalize.decide.compiled import compile_plan
from personalize.decide.decide import decide
from personalize.decide.decision import Decision, Reason, Viewer
from personalize.render.preview import Deed, Persona
from personalize.render.previewed import VISITOR, context_for, plan_for
from personalize.rules.syntax import parse
from personalize.segment.intern import intern_behaviours
from tests.factories import ArmFactory, ExperimentFactory, SegmentFactory, VariantFactory

pytestmark = pytest.mark.django_db

NOW = 1_700_000_000_000
NEVER = {"combinator": "and", "not": True, "rules": []}
CARTED = {
    "field": "behaviour",
    "behaviour": {
        "event": "Product Added",
        "aggregate": "sum",
        "property": "price",
        "window": "1d",
    },
    "operator": ">",
    "value": 100,
}


def rule(*leaves: Any) -> dict[str, Any]:
    return {"combinator": "and", "rules": list(leaves)}


def member_of(*slugs: str) -> dict[str, Any]:
    return rule({"field": "segments", "operator": "in", "value": list(slugs)})


def decision(persona: Persona, slot: str = "hero", **context: Any) -> Decision:
    plan = plan_for(persona, plan=compile_plan(1))
    now = persona.at or NOW
    facts = context_for(persona, context=context)
    return decide(None, facts, [slot], plan=plan, now=now, viewer=Viewer(VISITOR))[slot]


def hero(audience: Any, **fields: Any) -> str:
    return str(VariantFactory(slot__key="hero", audience=audience, is_live=True, **fields).uuid)


def test_a_persona_belongs_to_exactly_the_chosen_segments() -> None:
    SegmentFactory(slug="vip", rule=NEVER)
    SegmentFactory(slug="everybody", rule={})
    variant = hero(member_of("vip"))
    assert decision(Persona(segments=("vip",))).variant == variant
    assert decision(Persona()).variant is None
    assert decision(Persona(segments=("everybody",))).variant is None


def test_a_persona_is_in_several_segments_at_once() -> None:
    for slug in ("vip", "keen"):
        SegmentFactory(slug=slug, rule=NEVER)
    both = hero(
        rule(*[{"field": "segments", "operator": "=", "value": s} for s in ("vip", "keen")])
    )
    assert decision(Persona(segments=("vip", "keen"))).variant == both
    assert decision(Persona(segments=("vip",))).variant is None


def test_without_chosen_segments_their_rules_are_asked() -> None:
    phone = {"field": "context.device", "operator": "=", "value": "mobile"}
    SegmentFactory(slug="mobile", rule=rule(phone))
    SegmentFactory(slug="vip", rule=NEVER)
    variant = hero(member_of("mobile"))
    assert decision(Persona(context={"device": "mobile"})).variant == variant
    assert decision(Persona(context={"device": "desktop"}), device="mobile").variant is None
    assert decision(Persona(), device="mobile").variant == variant
    chosen = Persona(segments=("vip",), context={"device": "mobile"})
    assert decision(chosen).variant is None


def test_a_persona_has_done_what_it_is_said_to_have() -> None:
    intern_behaviours(parse(rule(CARTED)))
    variant = hero(rule(CARTED))
    assert decision(Persona(deeds=(Deed("Product Added", 2, {"price": 60}),))).variant == variant
    assert decision(Persona(deeds=(Deed("Product Added", 1, {"price": 60}),))).variant is None
    long_ago = Deed("Product Added", 2, {"price": 60}, 4_000)
    assert decision(Persona(deeds=(long_ago,))).variant is None


def test_a_persona_lives_at_its_own_moment() -> None:
    from datetime import UTC, datetime

    christmas = datetime(2026, 12, 24, 18, tzinfo=UTC)
    variant = hero({}, starts_at=christmas, ends_at=datetime(2026, 12, 27, tzinfo=UTC))
    at = int(christmas.timestamp() * 1_000)
    assert decision(Persona(at=at)).variant == variant
    assert decision(Persona(at=at - 1)).variant is None


def test_a_persona_sees_the_arm_whatever_the_audience_and_before_the_start() -> None:
    draft = VariantFactory(slot__key="hero", is_live=False)
    experiment = ExperimentFactory(slot=draft.slot, audience=NEVER, status="draft")
    ArmFactory(experiment=experiment, key="control")
    ArmFactory(experiment=experiment, key="warm", variant_uuid=draft.uuid)
    warm = Persona(arms={str(experiment.uuid): "warm"})
    plan = plan_for(warm, plan=compile_plan(1))
    assert decision(warm)[1:5] == (str(draft.uuid), Reason.SPLIT, str(experiment.uuid), "warm")
    assert plan.contents[str(draft.uuid)].html == "<p>Hello</p>"
    assert decision(Persona(arms={str(experiment.uuid): "control"})).variant is None
    assert decision(Persona(arms={str(uuid.uuid4()): "warm"})).reason is Reason.DEFAULT


def test_a_persona_is_in_no_experiment_that_was_not_chosen() -> None:
    variant = VariantFactory(slot__key="hero", is_live=False)
    experiment = ExperimentFactory(slot=variant.slot, status="running")
    ArmFactory(experiment=experiment, key="a", variant_uuid=variant.uuid)
    assert decision(Persona()).reason is Reason.DEFAULT


def test_nobody_previewed_is_held_out_or_a_bot(settings: Any) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 100.0}
    variant = hero({})
    assert decision(Persona(), is_bot=True).variant == variant


def test_merge_tags_say_the_traits_of_the_persona() -> None:
    persona = Persona(traits={"city": "Berlin"}, context={"country": "DE"})
    facts = plan_for(persona, plan=compile_plan(1)).facts(None, {"country": "DE"}, NOW)
    assert (facts.trait("city"), facts.trait("name")) == ("Berlin", None)


def test_a_plan_is_made_once_for_a_persona() -> None:
    plan = compile_plan(1)
    one, same = (plan_for(Persona(segments=("vip",)), plan=plan) for _ in range(2))
    assert one is same
    assert plan_for(Persona(), plan=plan) is not one
