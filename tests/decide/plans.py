"""Plans made by hand, so that deciding is tested without a database."""

from collections.abc import Mapping
from typing import Any

from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decision import Candidate, Plan, PlannedArm, PlannedExperiment, PlannedSlot
from personalize.profile.profile import Profile
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import Facts, PlainFacts
from personalize.rules.syntax import parse

EVERYBODY: dict[str, Any] = {}
NOBODY = {"combinator": "and", "not": True, "rules": []}
ON_PHONES = {"field": "context.device", "operator": "=", "value": "phone"}
VIPS = {"field": "segments", "operator": "in", "value": ["vip"]}
FROM_BERLIN = {"field": "trait.city", "operator": "=", "value": "Berlin"}


def plain_facts(profile: Profile | None, context: Mapping[str, Any], now: int) -> Facts:
    """Facts that take segments from the profile instead of evaluating them."""
    if profile is None:
        return PlainFacts(contexts=context)
    segments = frozenset(profile.segments)
    return PlainFacts(traits=profile.traits, contexts=context, segments=segments)


def plan_of(*slots: PlannedSlot, **fields: Any) -> Plan:
    """Return a plan with these slots."""
    return Plan(facts=plain_facts, slots={slot.key: slot for slot in slots}, **fields)


def hero(*candidates: Candidate, experiment: PlannedExperiment | None = None) -> PlannedSlot:
    """Return the slot that most tests are about."""
    return PlannedSlot("hero", by_priority(candidates), experiment)


def variant(name: str, rule: Any = EVERYBODY, **fields: Any) -> Candidate:
    """Return a candidate."""
    return candidate_of(name, rule=rule, **fields)


def experiment(*arms: PlannedArm, rule: Any = EVERYBODY, traffic: float = 1.0) -> PlannedExperiment:
    """Return a running experiment."""
    parsed = parse(rule)
    return PlannedExperiment("seed", compile_rule(parsed), traffic, arms, parsed)
