"""Decide what each slot shows, and why: pure and total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from personalize.decide.assign import arm_of, is_held_out
from personalize.decide.decision import Candidate, Decision, Plan, PlannedSlot, Reason, Viewer
from personalize.decide.explain import (
    explain_candidate,
    explain_experiment,
    skipped_candidate,
    skipped_experiment,
    skipped_slot,
)
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
    tried. Of the variants of one group the first slot that may show one does, and later slots do
    not; an arm that was drawn is shown all the same. `now` is in milliseconds. With `explain` each
    decision lists the rules tried, the values they met, and what was skipped and why. A slot that
    fails shows its default with the reason `error`.
    """
    viewer = viewer or viewer_of(profile)
    planned = [plan.slot(slot) if isinstance(slot, str) else slot for slot in slots]
    if closed := gate(viewer, plan=plan):
        return {slot.key: _closed(slot, closed, explain=explain) for slot in planned}
    known = profile if viewer.has_consent else None
    visit = _Visit(plan, plan.facts(known, context, now), viewer, now)
    choose = _explained if explain else _choice
    decisions = {}
    for slot in planned:
        try:
            decisions[slot.key] = choose(slot, visit)
            visit.note(slot, decisions[slot.key])
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
    taken: set[str] = field(default_factory=set)  # groups that an earlier slot shows one of

    def note(self, slot: PlannedSlot, decision: Decision) -> None:
        """Remember the group of what the slot shows."""
        if decision.variant is None:
            return
        for candidate in slot.candidates:
            if candidate.group and candidate.id == decision.variant:
                self.taken.add(candidate.group)

    def obstacle(self, candidate: Candidate) -> str:
        """Return why the candidate's audience may not be asked now, of this visitor: or nothing."""
        if not (self.viewer.has_consent or self.plan.is_contextual(candidate)):
            return Reason.NO_CONSENT.value
        if candidate.group in self.taken:
            return "group"
        return "" if candidate.is_scheduled(self.now) else "schedule"


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
        if candidate.audience(facts) and not visit.obstacle(candidate):
            return Decision(slot.key, candidate.id, Reason.TARGETING_MATCH)
    return Decision(slot.key, None, Reason.DEFAULT if viewer.has_consent else Reason.NO_CONSENT)


def _explained(slot: PlannedSlot, visit: _Visit) -> Decision:
    decision = _choice(slot, visit)
    told: list[Mapping[str, Any]] = []
    if slot.experiment and visit.viewer.has_consent:
        told.append(explain_experiment(slot.experiment, visit.viewer.visitor, visit.facts))
    elif slot.experiment:
        told.append(skipped_experiment(slot.experiment, why=Reason.NO_CONSENT.value))
    is_decided = decision.reason is Reason.SPLIT
    for candidate in slot.candidates:
        if why := "decided" if is_decided else visit.obstacle(candidate):
            told.append(skipped_candidate(candidate, why=why))
        else:
            told.append(explain_candidate(candidate, visit.facts))
        is_decided = is_decided or candidate.id == decision.variant
    return decision._replace(explanation=tuple(told))


def _closed(slot: PlannedSlot, reason: Reason, *, explain: bool) -> Decision:
    explanation = skipped_slot(slot, why=reason.value) if explain else ()
    return Decision(slot.key, None, reason, explanation=explanation)
