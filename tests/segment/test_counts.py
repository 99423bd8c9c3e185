"""How many visitors a rule reaches, asked of their profiles as they are now."""

import time
from datetime import UTC, datetime

import pytest

from personalize.models import Membership, Segment, SegmentSize, Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.syntax import parse
from personalize.segment.counts import count, note_sizes

pytestmark = pytest.mark.django_db
KEEN = parse({"field": "trait.keen", "operator": "=", "value": True})


def know(subject: str, **known: object) -> None:
    at = time.time_ns() // 1_000_000
    profile = Profile(subject, events=1, first_seen_at=at, last_seen_at=at, **known)  # type: ignore[arg-type]
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])


def test_a_rule_reaches_the_visitors_whom_it_matches() -> None:
    for number in range(20):
        know(f"a:{number}", traits={"keen": number < 12})
    counted = count(KEEN)
    assert (counted.matched, counted.visitors, counted.percent) == (12, 20, 60)
    assert len(counted.examples) == 10
    assert {row.subject for row in counted.examples} <= {f"a:{number}" for number in range(12)}


def test_bots_and_visitors_who_became_users_are_not_counted() -> None:
    know("a:bot", traits={"keen": True}, is_bot=True)
    know("a:gone", traits={"keen": True})
    save([Change(Profile("a:gone", events=1, merged_into="u:7"), Seen(), "2")], partition=0)
    assert count(KEEN).visitors == 0


def test_nobody_is_none_in_a_hundred() -> None:
    assert count(KEEN).percent == 0


def test_the_sizes_are_of_those_who_are_in_now() -> None:
    know("a:visitor")
    know("a:stranger")
    now = datetime.now(UTC)
    keen = Segment.objects.create(name="Keen", slug="keen")
    here, gone = Visitor.objects.order_by("pk")
    Membership.objects.create(visitor=here, segment=keen, entered_at=now)
    Membership.objects.create(visitor=gone, segment=keen, entered_at=now, exited_at=now)
    note_sizes(at=now)
    note_sizes(at=now)
    assert SegmentSize.objects.get().visitors == 1
