"""Which segments reach nearly the same visitors as a rule."""

import time
from typing import Any

import pytest

from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.syntax import parse
from personalize.segment.compiled import load_segments
from personalize.segment.overlap import Overlap, overlaps
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
KEEN = parse({"field": "trait.keen", "operator": "=", "value": True})


def know(number: int, *, keen: bool, segments: list[str], **known: Any) -> None:
    at = time.time_ns() // 1_000_000
    profile = Profile(
        f"a:{number}",
        events=1,
        first_seen_at=at,
        last_seen_at=at,
        traits={"keen": keen},
        segments=dict.fromkeys(segments, at),
        **known,
    )
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])


def found(rule: Any = KEEN, **asked: Any) -> list[Overlap]:
    now = time.time_ns() // 1_000_000
    return overlaps(rule, known=load_segments(), now=now, **asked)


def test_the_share_is_of_those_whom_either_reaches() -> None:
    SegmentFactory(slug="near")
    SegmentFactory(slug="far")
    for number in range(20):
        near = ["near"] if number < 15 else []
        know(number, keen=number >= 5, segments=[*near, *(["far"] if number < 7 else [])])
    assert found() == [Overlap("near", 0.5)]
    assert found(without=["near"]) == []


def test_an_assigned_segment_and_one_that_is_not_live_are_told_apart() -> None:
    SegmentFactory(slug="list", kind="static")
    SegmentFactory(slug="off", is_live=False)
    for number in range(10):
        know(number, keen=True, segments=["off"], assigned=["list"])
    assert found() == [Overlap("list", 1.0)]


def test_of_few_visitors_nothing_is_said() -> None:
    SegmentFactory(slug="few")
    for number in range(9):
        know(number, keen=True, segments=["few"])
    assert found() == []


def test_a_segment_that_the_rule_names_is_no_news() -> None:
    SegmentFactory(slug="vip", rule={"field": "trait.keen", "operator": "=", "value": True})
    for number in range(10):
        know(number, keen=True, segments=["vip"])
    assert found(parse({"field": "segments", "operator": "=", "value": "vip"})) == []
