"""Counting a rule over the lake: at once right, and never in the way when the lake is not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import write_deltalake
from pytest_django import Settings

from personalize.lake.batch import batch_of
from personalize.lake.read import connect
from personalize.lake.row import decode_rows, encode_rows
from personalize.lake.table import lake_table
from personalize.models import Membership, Segment, Visitor
from personalize.rules.syntax import parse
from personalize.segment import lake_counts, live_count
from personalize.segment.compiled import load_segments
from personalize.segment.counts import Patience, count
from personalize.segment.intern import intern_behaviours
from personalize.segment.lake_counts import LakeUnavailable, count_in_lake, interrupted_after
from personalize.segment.live_count import first_count, whole_count
from tests.lake.conftest import event, lake

__all__ = ["lake"]
pytestmark = pytest.mark.django_db
NOW = 1_790_000_500_000
AT = datetime(2026, 9, 1, tzinfo=UTC)


def viewed(operator: str = ">=", value: Any = 2, window: str | None = None) -> dict[str, Any]:
    behaviour = {"event": "Product Viewed", "aggregate": "count", "window": window}
    return {"field": "behaviour", "operator": operator, "value": value, "behaviour": behaviour}


@pytest.fixture
def known(lake: Path) -> None:
    """Three people of whom the lake tells, the second of them with two events."""
    events = [
        event(1, subject="a:one"),
        event(2, subject="a:two"),
        event(3, subject="a:two"),
        event(4, subject="u:three", event="Order Completed"),
        event(5, subject="a:bot", bot="ua"),
    ]
    rows = [
        row
        for n, each in enumerate(events)
        for row in decode_rows(encode_rows([each]), shard=0, sequence=n)
    ]
    write_deltalake(lake_table(), [batch_of(rows)], mode="append")
    for subject in ("a:one", "a:two", "u:three"):
        seen = {"first_seen_at": AT, "last_seen_at": AT}
        Visitor.objects.create(subject=subject, **seen)


def test_a_rule_is_counted_before_anything_counted_its_behaviours(known: None) -> None:
    found = count(parse(viewed()), now=NOW)
    assert (found.matched, found.visitors, found.is_of_lake) == (1, 3, True)
    assert [row.subject for row in found.examples] == ["a:two"]
    assert count(parse(viewed("=", 0)), now=NOW).matched == 1
    assert count(parse(viewed("<", 9)), now=NOW).matched == 3


def test_segments_that_a_rule_names_are_asked_of_the_lake_too(known: None) -> None:
    Segment.objects.create(name="Viewers", slug="viewers", rule=viewed(value=1))
    chosen = Segment.objects.create(name="Chosen", slug="chosen", kind=Segment.Kind.STATIC)
    visitor = Visitor.objects.get(subject="a:one")
    Membership.objects.create(visitor=visitor, segment=chosen, entered_at=AT)
    both = [{"field": "segments", "operator": "=", "value": slug} for slug in ("viewers", "chosen")]
    rule = parse({"combinator": "and", "rules": both})
    found = count_in_lake(rule, segments=load_segments(), now=NOW, examples=3)
    assert found == (1, ["a:one"])


def test_what_the_profiles_count_is_asked_of_them(known: None) -> None:
    rule = parse(viewed(window="session"))
    intern_behaviours(rule)
    assert not count(rule, now=NOW).is_of_lake


def test_a_lake_that_does_not_answer_leaves_the_count_to_the_profiles(
    lake: Path, settings: Settings
) -> None:
    lake.write_text("no folder")
    assert not count(parse(viewed()), now=NOW).is_of_lake
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    assert not count(parse(viewed()), now=NOW).is_of_lake


def test_a_part_of_the_lake_is_asked_by_shard(known: None) -> None:
    asked = {"segments": load_segments(), "now": NOW, "examples": 3}
    assert count_in_lake(parse(viewed(value=1)), **asked, shard=0).matched == 2
    assert count_in_lake(parse(viewed(value=1)), **asked, shard=1).matched == 0


def test_a_count_that_is_not_wanted_any_more_has_no_answer(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_counts, "POLL_SECONDS", 0.0)
    asked = {"segments": load_segments(), "now": NOW, "examples": 3}
    with pytest.raises(LakeUnavailable):
        count_in_lake(parse(viewed()), **asked, is_wanted=lambda: False)


def test_the_first_number_of_what_nothing_counted_is_the_lakes(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = first_count(parse(viewed()), now=NOW)
    assert (found.matched, found.known, found.is_of_lake, found.is_sample) == (1, 3, True, False)
    monkeypatch.setattr(live_count, "FIRST", Patience(most=0))
    found = first_count(parse(viewed()), now=NOW)
    assert (found.matched, found.known, found.is_sample) == (1, 3, True)


def test_when_the_lake_does_not_answer_nothing_is_known_of_what_it_alone_knows(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_counts, "POLL_SECONDS", 0.0)
    for counted in (
        whole_count(parse(viewed()), now=NOW, is_wanted=lambda: False),
        first_count(parse(viewed()), now=NOW, is_wanted=lambda: False),
    ):
        assert (counted.matched, counted.known, counted.is_sample) == (0, 3, True)
        assert counted.margin == 100


def test_of_very_many_visitors_the_lake_tells_the_whole_count(
    known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = parse(viewed(window="session", operator=">=", value=0))
    intern_behaviours(rule)
    assert not whole_count(rule, now=NOW).is_of_lake
    monkeypatch.setattr(live_count, "MOST_PROFILES", 2)
    found = whole_count(rule, now=NOW)
    assert (found.matched, found.known, found.is_of_lake, found.is_sample) == (3, 3, True, False)


def test_a_query_that_takes_too_long_is_given_up() -> None:
    connection = connect()
    with pytest.raises(duckdb.InterruptException), interrupted_after(connection, seconds=0.1):
        connection.con.execute("SELECT sum(a * b) FROM range(10000000) a(a), range(10000000) b(b)")
