"""Drawing lots: fair, lasting, and independent of each other."""

from personalize.decide.assign import arm_of, is_held_out, takes_part
from personalize.decide.decision import PlannedArm
from personalize.rules.facts import PlainFacts
from tests.decide.plans import NOBODY, experiment

VISITORS = [f"{n:032x}" for n in range(4_000)]
ARMS = (PlannedArm("control", None, 1), PlannedArm("new", "b", 3))


def test_is_held_out_takes_about_its_share() -> None:
    held_out = sum(is_held_out(visitor, share=0.05) for visitor in VISITORS)
    assert 140 < held_out < 260


def test_is_held_out_keeps_those_it_has_when_the_share_grows() -> None:
    small = {visitor for visitor in VISITORS if is_held_out(visitor, share=0.05)}
    large = {visitor for visitor in VISITORS if is_held_out(visitor, share=0.1)}
    assert small < large


def test_is_held_out_never_takes_somebody_who_may_not_be_recognised() -> None:
    assert not is_held_out("", share=1.0)


def test_arm_of_follows_the_weights() -> None:
    arms = [arm_of(experiment(*ARMS), visitor, PlainFacts()) for visitor in VISITORS]
    assert 0.22 < arms.count(ARMS[0]) / len(VISITORS) < 0.28


def test_arm_of_gives_the_same_arm_at_every_visit() -> None:
    first = [arm_of(experiment(*ARMS), visitor, PlainFacts()) for visitor in VISITORS[:100]]
    assert first == [arm_of(experiment(*ARMS), visitor, PlainFacts()) for visitor in VISITORS[:100]]


def test_arm_of_is_fair_within_a_small_share_of_the_traffic() -> None:
    small = experiment(*ARMS, traffic=0.2)
    inside = [visitor for visitor in VISITORS if takes_part(small, visitor)]
    controls = [arm_of(small, visitor, PlainFacts()) for visitor in inside].count(ARMS[0])
    assert 0.17 < len(inside) / len(VISITORS) < 0.23
    assert 0.19 < controls / len(inside) < 0.31


def test_arm_of_leaves_out_those_who_are_not_its_audience() -> None:
    assert arm_of(experiment(*ARMS, rule=NOBODY), "visitor", PlainFacts()) is None
