"""Tell why: each rule that a decision tried, with the values that it met."""

from collections.abc import Mapping
from typing import Any

from personalize.decide.assign import takes_part
from personalize.decide.decision import Candidate, PlannedExperiment
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
