"""How many visitors a rule reaches, asked of their profiles as they are now."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from personalize.models import Membership, Segment, SegmentSize, Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.syntax import parse
from personalize.segment import counts
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
    gone = Profile("a:gone", events=1, merged_into="u:7")
    save([Change(gone, Seen(), "2", revision="1")], partition=0)
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


def test_of_very_many_visitors_the_same_sample_is_asked_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(30):
        know(f"a:{number}", traits={"keen": number % 2 == 0})
    monkeypatch.setattr(counts, "MOST_ASKED", 20)
    monkeypatch.setattr(counts, "PROFILES_AT_ONCE", 7)
    first, second = count(KEEN), count(KEEN)
    assert (first.visitors, first.is_sample) == (20, True)
    assert first == second
    assert 5 <= first.matched <= 15
    assert 15 < first.margin < 25


def test_a_count_of_all_has_no_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    know("a:visitor", traits={"keen": True})
    monkeypatch.setattr(counts, "MOST_ASKED", 1)
    counted = count(KEEN)
    assert (counted.visitors, counted.is_sample, counted.margin) == (1, False, 0)


def test_the_margin_is_that_of_wilsons_interval() -> None:
    assert counts.RuleCount(4_000, 20_000, is_sample=True).margin == pytest.approx(0.554, abs=0.001)
    assert 0 < counts.RuleCount(0, 20_000, is_sample=True).margin < 0.02


def test_of_each_day_the_last_size_stays() -> None:
    """Row S19: they are counted every five minutes."""
    Segment.objects.create(name="Keen", slug="keen")
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for hours in (0, 1, 13, 14):  # two of the day, two of the next
        note_sizes(at=noon + timedelta(hours=hours))
    kept = SegmentSize.objects.order_by("counted_at").values_list("counted_at", flat=True)
    assert list(kept) == [noon + timedelta(hours=1), noon + timedelta(hours=14)]
