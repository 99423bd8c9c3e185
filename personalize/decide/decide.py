"""Decide what each slot shows, and why: pure and total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from personalize.decide.assign import arm_of, is_held_out
from personalize.decide.decision import Candidate, Decision, Plan, PlannedSlot, Reason, Viewer
from personalize.decide.explain import explain_candidate, explain_experiment
from personalize.metrics import count
from personalize.profile.profile import Profile
from personalize.rules.facts import Facts


def decide(
    profile: Profile | None,
    context: Mapping[str, Any],
    slots: Iterable[str | PlannedSlot],
    *,
    plan: Plan,
    now: int,
    viewer: Viewer | None = None,
    explain: bool = False,
) -> dict[str, Decision]:
    """Return one decision for each slot: a key of the plan, or a slot that its page has planned.

    The order is a bot, a store that did not answer, the global holdout, the running experiment,
    the variants by priority, the default. Without consent only what the request alone decides is
    tried. `now` is in milliseconds. With `explain` each decision lists the rules tried and the
    values they met. A slot that fails shows its default with the reason `error`.
    """
    viewer = viewer or viewer_of(profile)
    planned = [plan.slot(slot) if isinstance(slot, str) else slot for slot in slots]
    if closed := gate(viewer, plan=plan):
        return {slot.key: Decision(slot.key, None, closed) for slot in planned}
    known = profile if viewer.has_consent else None
    visit = _Visit(plan, plan.facts(known, context, now), viewer, now)
    choose = _explained if explain else _choice
    decisions = {}
    for slot in planned:
        try:
            decisions[slot.key] = choose(slot, visit)
        except Exception:  # noqa: BLE001 - a page must not fail because one slot's rule did
            count("decide.error")
            decisions[slot.key] = Decision(slot.key, None, Reason.ERROR)
    return decisions


def viewer_of(profile: Profile | None) -> Viewer:
    """Return the viewer that a profile alone tells of."""
    if profile is None:
        return Viewer()
    return Viewer(visitor=profile.anonymous_id or profile.subject, is_bot=profile.is_bot)


@dataclass(frozen=True, slots=True)
class _Visit:
    plan: Plan
    facts: Facts
    viewer: Viewer
    now: int

    def may_ask(self, candidate: Candidate) -> bool:
        """Return whether the candidate's audience may be asked, now and of this visitor."""
        may_know = self.viewer.has_consent or self.plan.is_contextual(candidate)
        return may_know and candidate.is_scheduled(self.now)


def gate(viewer: Viewer, *, plan: Plan) -> Reason | None:
    """Return why the viewer sees nothing but defaults, or None when rules may be asked."""
    if viewer.is_bot:
        return Reason.BOT
    if viewer.is_stale:
        return Reason.STALE
    if viewer.has_consent and is_held_out(viewer.visitor, share=plan.holdout):
        return Reason.HOLDOUT
    return None


def _choice(slot: PlannedSlot, visit: _Visit) -> Decision:
    experiment, viewer, facts = slot.experiment, visit.viewer, visit.facts
    if experiment and viewer.has_consent:
        arm = arm_of(experiment, viewer.visitor, facts)
        if arm:
            return Decision(slot.key, arm.variant, Reason.SPLIT, experiment.seed, arm.key)
    for candidate in slot.candidates:
        if candidate.audience(facts) and visit.may_ask(candidate):
            return Decision(slot.key, candidate.id, Reason.TARGETING_MATCH)
    return Decision(slot.key, None, Reason.DEFAULT if viewer.has_consent else Reason.NO_CONSENT)


def _explained(slot: PlannedSlot, visit: _Visit) -> Decision:
    decision = _choice(slot, visit)
    tried: list[Mapping[str, Any]] = []
    if slot.experiment and visit.viewer.has_consent:
        tried.append(explain_experiment(slot.experiment, visit.viewer.visitor, visit.facts))
    if decision.reason is not Reason.SPLIT:
        for candidate in filter(visit.may_ask, slot.candidates):
            tried.append(explain_candidate(candidate, visit.facts))
            if candidate.id == decision.variant:
                break
    return decision._replace(explanation=tuple(tried))
