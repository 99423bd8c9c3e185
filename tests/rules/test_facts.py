"""Plain facts answer from their dictionaries, and None for what they do not have."""

from personalize.rules.facts import Facts, PlainFacts
from personalize.rules.syntax import Behaviour


def test_plain_facts_answer_what_they_were_given() -> None:
    viewed = Behaviour("Product Viewed", "count")
    visitor: Facts = PlainFacts(
        traits={"plan": "pro"},
        contexts={"device": "phone"},
        sessions={"views": 3},
        segments=frozenset({"vip"}),
        predictions={"churn": 0.5},
        behaviours={viewed.key: 2},
    )

    assert visitor.trait("plan") == "pro"
    assert visitor.context("device") == "phone"
    assert visitor.session("views") == 3
    assert visitor.in_segment("vip")
    assert visitor.has_segments()
    assert visitor.prediction("churn") == 0.5
    assert visitor.behaviour(viewed) == 2


def test_a_stranger_has_no_facts() -> None:
    stranger: Facts = PlainFacts()

    assert stranger.trait("plan") is None
    assert stranger.context("device") is None
    assert stranger.session("views") is None
    assert not stranger.in_segment("vip")
    assert not stranger.has_segments()
    assert stranger.prediction("churn") is None
    assert stranger.behaviour(Behaviour("Product Viewed", "count")) is None
