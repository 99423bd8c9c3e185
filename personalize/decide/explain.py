"""Tell why: each rule that a decision tried, with the values that it met, and what it skipped."""

from collections.abc import Mapping
from typing import Any

from personalize.decide.assign import takes_part
from personalize.decide.decision import Candidate, PlannedExperiment, PlannedSlot
from personalize.rules.evaluate import explain
from personalize.rules.facts import Facts


def explain_candidate(candidate: Candidate, facts: Facts) -> Mapping[str, Any]:
    """Return whether the variant's audience matched, and each of its conditions."""
    return {
        "variant": candidate.id,
        "priority": candidate.priority,
        "matched": candidate.audience(facts),
        "rule": explain(candidate.rule, facts).as_json(),
    }


def explain_experiment(
    experiment: PlannedExperiment, visitor: str, facts: Facts
) -> Mapping[str, Any]:
    """Return whether the visitor is in the experiment's traffic and audience."""
    return {
        "experiment": experiment.seed,
        "in_traffic": takes_part(experiment, visitor),
        "matched": experiment.audience(facts),
        "rule": explain(experiment.rule, facts).as_json(),
    }


def skipped_candidate(candidate: Candidate, *, why: str) -> Mapping[str, Any]:
    """Return a variant whose audience nobody asked."""
    return {"variant": candidate.id, "priority": candidate.priority, "skipped": why}


def skipped_experiment(experiment: PlannedExperiment, *, why: str) -> Mapping[str, Any]:
    """Return an experiment that nobody drew an arm of."""
    return {"experiment": experiment.seed, "skipped": why}


def skipped_slot(slot: PlannedSlot, *, why: str) -> tuple[Mapping[str, Any], ...]:
    """Return all that the slot could have shown."""
    experiments = [slot.experiment] if slot.experiment else []
    return (
        *(skipped_experiment(experiment, why=why) for experiment in experiments),
        *(skipped_candidate(candidate, why=why) for candidate in slot.candidates),
    )
