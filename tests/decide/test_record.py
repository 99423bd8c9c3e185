"""Records: what was decided is decided again, always (U11)."""

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decide import decide
from personalize.decide.decision import Plan, PlannedArm, PlannedSlot, Reason, Viewer
from personalize.decide.record import Record, decode, encode, records_of
from personalize.rules.facts import PlainFacts
from personalize.rules.syntax import behaviours
from tests.decide.plans import EVERYBODY, FROM_BERLIN, NOBODY, experiment, variant
from tests.rules import strategies

NOW = 1_700_000_000_000
moments = st.none() | st.integers(NOW - 2, NOW + 2)
names = st.sampled_from("abcdef")


@st.composite
def candidates(draw):
    return candidate_of(
        draw(names),
        rule=draw(strategies.rules | st.sampled_from([EVERYBODY, NOBODY])),
        priority=draw(st.integers(0, 3)),
        starts_at=draw(moments),
        ends_at=draw(moments),
        group=draw(st.sampled_from(["", "", "once", "top"])),
    )


@st.composite
def experiments(draw):
    arms = [
        PlannedArm(key, draw(st.none() | names), draw(st.integers(0, 3)))
        for key in draw(st.lists(names, min_size=1, max_size=3, unique=True))
    ]
    assume(any(arm.weight for arm in arms))
    rule = draw(strategies.rules | st.sampled_from([EVERYBODY]))
    return experiment(*arms, rule=rule, traffic=draw(st.sampled_from([0.0, 0.5, 1.0])))


@st.composite
def pages(draw):
    """Draw slots, what is known of the visitor, who looks, and the plan around them."""
    slots = [
        PlannedSlot(
            key,
            by_priority(draw(st.lists(candidates(), max_size=3, unique_by=lambda each: each.id))),
            draw(st.none() | experiments()),
        )
        for key in draw(
            st.lists(st.sampled_from(["hero", "teaser", "foot"]), min_size=1, unique=True)
        )
    ]
    asked = [each.rule for slot in slots for each in slot.candidates]
    asked += [slot.experiment.rule for slot in slots if slot.experiment]
    keys = sorted({behaviour.key for rule in asked for behaviour in behaviours(rule)})
    facts = draw(strategies.facts(keys))
    viewer = Viewer(
        visitor=draw(st.sampled_from(["", "ada", "bob", "eve"])),
        has_consent=draw(st.booleans()),
        is_bot=draw(st.sampled_from([False, False, True])),
        is_stale=draw(st.sampled_from([False, False, True])),
    )
    plan = Plan(
        facts=lambda *_: facts,
        slots={slot.key: slot for slot in slots},
        contextual=frozenset(draw(st.sets(strategies.slugs))),
        holdout=draw(st.sampled_from([0.0, 0.0, 0.5])),
    )
    return slots, facts, viewer, plan


def told(facts: PlainFacts, slots, viewer, plan):
    decisions = decide(None, {}, slots, plan=plan, now=NOW, viewer=viewer)
    records = records_of(slots, decisions=decisions, plan=plan, facts=facts, viewer=viewer, now=NOW)
    return decisions, records


@settings(max_examples=300, deadline=None)
@given(pages())
def test_what_was_decided_is_decided_again(page):
    slots, facts, viewer, plan = page
    decisions, records = told(facts, slots, viewer, plan)
    try:
        kept = [decode(encode(record)) for record in records]
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError):
        assume(False)  # no profile holds what msgpack has no form for
    for record in kept:
        assert record.decide_again()[:5] == decisions[record.slot][:5]


def test_a_record_remembers_what_earlier_slots_have_taken():
    slots = [
        PlannedSlot(key, (variant(f"{key} offer", group="offer"), variant(f"{key} other")))
        for key in ("hero", "teaser")
    ]
    viewer = Viewer("ada")
    facts = PlainFacts()
    _, records = told(facts, slots, viewer, Plan(facts=lambda *_: facts))
    again = [record.decide_again() for record in records]
    assert [decision.variant for decision in again] == ["hero offer", "teaser other"]
    assert again[1].explanation[0]["skipped"] == "group"


@pytest.mark.parametrize(
    ("viewer", "reason"),
    [
        (Viewer("ada"), Reason.TARGETING_MATCH),
        (Viewer("ada", has_consent=False), Reason.NO_CONSENT),
        (Viewer("ada", is_bot=True), Reason.BOT),
        (Viewer("ada", is_stale=True), Reason.STALE),
    ],
)
def test_a_record_remembers_who_looked(viewer, reason):
    facts = PlainFacts(traits={"city": "Berlin"})
    slot = PlannedSlot("hero", (variant("b", FROM_BERLIN),))
    record = Record.of(slot, plan=Plan(facts=lambda *_: facts), facts=facts, viewer=viewer, now=NOW)
    assert decode(encode(record)).decide_again().reason is reason
