"""Draw lots: who is held out, and which arm of an experiment a visitor gets, at every visit."""

from personalize.decide.decision import PlannedArm, PlannedExperiment
from personalize.rules.facts import Facts
from personalize.stats.bucketing import bucket, pick

# Fixed for ever: a new seed would put other people into the holdout and end what it measures.
HOLDOUT_SEED = "personalize-holdout"


def is_held_out(visitor: str, *, share: float) -> bool:
    """Return whether the visitor belongs to the `share` (0–1) that sees defaults everywhere."""
    return bool(visitor) and share > 0 and bucket(HOLDOUT_SEED, visitor) < share


def takes_part(experiment: PlannedExperiment, visitor: str) -> bool:
    """Return whether the visitor is in the share of traffic that the experiment uses."""
    if not visitor:
        return False
    return experiment.traffic >= 1 or (
        # Another seed than that of the arms, or a small share would always get the first arm.
        bucket(f"{experiment.seed}/traffic", visitor) < experiment.traffic
    )


def arm_of(experiment: PlannedExperiment, visitor: str, facts: Facts) -> PlannedArm | None:
    """Return the visitor's arm, or None when the experiment is not about this visitor."""
    if not takes_part(experiment, visitor) or not experiment.audience(facts):
        return None
    weights = [arm.weight for arm in experiment.arms]
    return experiment.arms[pick(weights, bucket(experiment.seed, visitor))]
