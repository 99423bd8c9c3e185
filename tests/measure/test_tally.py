"""Counts by the hour: added to the database once, whatever dies between."""

from datetime import UTC, datetime
from typing import Any

import pytest

from personalize import metrics
from personalize.connections import worker_redis
from personalize.keys import tally_field, tally_key
from personalize.measure import tally
from personalize.models import EventDefinition, Tally

pytestmark = pytest.mark.django_db
HOUR = 3_600_000
VIEWED = tally_field(tally.EVENTS, at=5 * HOUR + 7, key="Viewed")


def add(counts: dict[str, int]) -> None:
    """Count as the write of a profile does."""
    for name, number in counts.items():
        worker_redis().hincrby(tally_key(3), name, number)


def counted() -> dict[tuple[int, str], int]:
    rows = Tally.objects.filter(metric=tally.EVENTS)
    return {(row.hour.hour, row.key): row.count for row in rows}


def test_counts_are_added_up_by_the_hour() -> None:
    for _ in range(2):
        add({VIEWED: 3})
        tally.flush_tally()
    assert counted() == {(5, "Viewed"): 6}


def test_counts_are_added_once_when_the_flush_dies_before_redis_forgets_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    add({VIEWED: 3})
    monkeypatch.setattr(type(worker_redis()), "delete", die)
    with pytest.raises(Killed):
        tally.flush_tally()
    monkeypatch.undo()
    add({VIEWED: 1})
    tally.flush_tally()
    assert counted() == {(5, "Viewed"): 3}
    tally.flush_tally()
    assert counted() == {(5, "Viewed"): 4}


def test_counts_go_on_after_redis_has_lost_its_memory() -> None:
    for _ in range(3):
        add({VIEWED: 1})
        tally.flush_tally()
    worker_redis().flushdb()
    add({VIEWED: 1})
    tally.flush_tally()
    assert counted() == {(5, "Viewed"): 4}


def test_the_registry_learns_volumes_and_unknown_names() -> None:
    add({VIEWED: 3})
    tally.flush_tally()
    row = EventDefinition.objects.get(name="Viewed")
    assert (row.status, row.volume) == ("unknown", 3)
    assert row.last_seen_at == datetime.fromtimestamp(5 * 3_600, UTC)


def test_unknown_names_are_taken_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_UNKNOWN_NAMES", 2)
    names = ["One", "Three", "Two"]
    add({tally_field(tally.EVENTS, at=0, key=name): 1 for name in names})
    tally.flush_tally()
    unknown = EventDefinition.objects.filter(status="unknown").order_by("name")
    assert [row.name for row in unknown] == ["One", "Three"]
    assert counted() == {(0, "One"): 1, (0, "Three"): 1, (0, tally.OTHER): 1}
    assert metrics.snapshot()["tally.names_full"]


def test_random_names_make_no_rows_and_few_statements(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "MOST_UNKNOWN_NAMES", 10)
    for _ in range(2):
        add({tally_field(tally.EVENTS, at=0, key=f"{n:04}"): 1 for n in range(3_000)})
        with django_assert_max_num_queries(20):
            tally.flush_tally()
    assert Tally.objects.filter(metric=tally.EVENTS).count() == 11
    assert counted()[0, tally.OTHER] == 2 * 2_990
    assert counted()[0, "0000"] == 2


def test_what_came_to_nothing_is_counted_once_however_often_it_is_read() -> None:
    field = tally_field(tally.BLOCKED, at=5 * HOUR, key="browser")
    first = (field, "1")
    tally.count_once(0, [(field, "2"), first])
    tally.count_once(0, [first, (field, "2"), (field, "3")])
    tally.count_once(1, [first])
    tally.flush_tally()
    assert Tally.objects.get(metric=tally.BLOCKED, key="browser").count == 4


def test_what_became_of_events_is_told_to_monitors_once() -> None:
    before = metrics.snapshot().get("tally.bots|shop", 0)
    add({tally_field(tally.BOTS, at=5 * HOUR, key="shop"): 2, VIEWED: 1})
    tally.flush_tally()
    tally.flush_tally()
    assert metrics.snapshot()["tally.bots|shop"] == before + 2
    assert not [name for name in metrics.snapshot() if name.startswith("tally.events")]


def test_positions_are_remembered_as_long_as_they_may_come_back() -> None:
    field = tally_field(tally.ERASED, at=5 * HOUR, key="browser")
    tally.count_once(0, [(field, "1"), (field, "3")], oldest="1")
    assert tally.counted_before(0) == {"1", "3"}
    tally.count_once(0, [(field, "4")], oldest="3")
    assert tally.counted_before(0) == {"3", "4"}
    tally.flush_tally()
    assert Tally.objects.get(metric=tally.ERASED).count == 3


def test_one_position_may_count_under_two_names() -> None:
    names = [tally_field(metric, at=5 * HOUR, key="?") for metric in ("accepted", "quarantined")]
    for _ in range(2):
        tally.count_once(0, [("\n".join(names), "1")])
    tally.flush_tally()
    counted = Tally.objects.filter(key="?").values_list("metric", "count")
    assert dict(counted) == {"accepted": 1, "quarantined": 1}
