"""What a preview decides by: the live plan, asked about a visitor who was made up."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import msgspec

from personalize.decide.compiled import content_of
from personalize.decide.decision import Content, Plan, PlannedArm, PlannedExperiment
from personalize.events.event import Event
from personalize.models import Arm, Variant
from personalize.profile.fold import fold
from personalize.profile.live_traits import load_traits
from personalize.profile.profile import Profile
from personalize.profile.traits import TraitSet
from personalize.render.preview import Persona
from personalize.rules.facts import Facts
from personalize.segment.facts import VisitorFacts

VISITOR = "preview"
SUBJECT = f"a:{VISITOR}"


def plan_for(persona: Persona, *, plan: Plan) -> Plan:
    """Return the plan as it applies to the persona: nobody held out, no experiment but the chosen.

    An arm may be of an experiment that has not begun, and of a variant that is not live.
    """
    return _plan_for(msgspec.json.encode(persona), plan)


def context_for(persona: Persona, *, context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request's context with what the persona says of itself."""
    return ChainMap({"is_bot": False, "logged_in": False, **persona.context}, context)  # type: ignore[arg-type]


def profile_of(persona: Persona, *, traits: TraitSet, now: int) -> Profile:
    """Return the profile of somebody who did what the persona did, just before `now`."""
    events = [
        Event(
            type="track",
            event=deed.event,
            message_id="",
            timestamp=now - deed.minutes_ago * 60_000,
            received_at=now,
            properties=deed.properties,
        )
        for deed in sorted(persona.deeds, key=lambda deed: -deed.minutes_ago)
        for _ in range(deed.times)
    ]
    return fold(Profile(SUBJECT, traits=dict(persona.traits)), events, traits=traits, now=now)


# A plan is what pages are remembered by: few previews, not one a view, so that they push out little
# of what visitors' pages need.
@lru_cache(maxsize=8)
def _plan_for(encoded: bytes, plan: Plan) -> Plan:
    persona = msgspec.json.decode(encoded, type=Persona)
    arms = _arms(persona)
    slots = {key: replace(slot, experiment=None) for key, slot in plan.slots.items()}
    contents = dict(plan.contents)
    for key, experiment in arms.items():
        slots[key] = replace(slots.get(key) or plan.slot(key), experiment=experiment)
        contents |= _contents(experiment.arms[0].variant, plan)
    return replace(
        plan,
        facts=partial(_facts, persona=persona, plan=plan, traits=load_traits()),
        slots=MappingProxyType(slots),
        contents=MappingProxyType(contents),
        holdout=0.0,
    )


def _facts(
    _: Profile | None,
    context: Mapping[str, Any],
    now: int,
    *,
    persona: Persona,
    plan: Plan,
    traits: TraitSet,
) -> Facts:
    facts = plan.facts(profile_of(persona, traits=traits, now=now), context, now)
    if persona.segments and isinstance(facts, VisitorFacts):
        facts.belong_to(persona.segments)
    return facts


def _arms(persona: Persona) -> dict[str, PlannedExperiment]:
    """Return, by slot, an experiment with nothing but the chosen arm, for everybody."""
    chosen = Arm.objects.filter(experiment__uuid__in=persona.arms)
    return {
        arm.experiment.slot.key: PlannedExperiment(
            str(arm.experiment.uuid),
            audience=lambda facts: True,
            traffic=1.0,
            arms=(PlannedArm(arm.key, str(arm.variant_uuid) if arm.variant_uuid else None, 1),),
        )
        for arm in chosen.select_related("experiment__slot")
        if persona.arms[str(arm.experiment.uuid)] == arm.key
    }


def _contents(variant: str | None, plan: Plan) -> dict[str, Content]:
    if variant is None or variant in plan.contents:
        return {}
    rows = Variant.objects.filter(uuid=variant).select_related("slot")
    return {str(row.uuid): content_of(row) for row in rows}
