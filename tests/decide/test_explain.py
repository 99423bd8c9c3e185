"""Explaining: each condition with the value it met."""

from personalize.decide.decision import PlannedArm
from personalize.decide.explain import explain_candidate, explain_experiment
from personalize.rules.facts import PlainFacts
from tests.decide.plans import FROM_BERLIN, experiment, variant

FACTS = PlainFacts(traits={"city": "Rome"})


def test_explain_candidate_shows_each_condition_with_its_value() -> None:
    explained = explain_candidate(variant("a", FROM_BERLIN, priority=3), FACTS)
    (condition,) = explained["rule"].pop("rules")
    assert condition == {**FROM_BERLIN, "actual": "Rome", "matched": False}
    assert (explained["variant"], explained["priority"], explained["matched"]) == ("a", 3, False)


def test_explain_experiment_shows_traffic_and_audience() -> None:
    planned = experiment(PlannedArm("a", None, 1), rule=FROM_BERLIN)
    explained = explain_experiment(planned, "visitor", FACTS)
    assert (explained["in_traffic"], explained["matched"]) == (True, False)
    assert explain_experiment(planned, "", FACTS)["in_traffic"] is False
