"""Counts as they stand, wherever they are at the moment."""

from datetime import UTC, date, datetime, timedelta

import pytest

from personalize.connections import worker_redis
from personalize.keys import partition_tally_key, tally_field, tally_key
from personalize.measure.counts import counts_by_day
from personalize.measure.tally import flush_tally

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = NOON.date()


def count(metric: str, *, at: datetime = NOON, number: int = 1) -> None:
    field = tally_field(metric, at=int(at.timestamp() * 1_000), key="shop")
    worker_redis().hincrby(tally_key(3), field, number)


def stored(first: date = DAY, last: date = DAY) -> dict[date, int]:
    found = counts_by_day(["stored"], first=first, last=last)
    return {day: counts["stored"] for (day, _), counts in found.items()}


def test_what_gathers_and_what_is_in_the_database_is_added():
    count("stored")
    assert stored() == {DAY: 1}
    flush_tally()
    count("stored", number=2)
    assert stored() == {DAY: 3}


def test_what_a_flush_has_added_and_not_yet_deleted_is_counted_once():
    count("stored")
    aside = f"{tally_key(3)}:flushing"
    worker_redis().copy(tally_key(3), "copy")
    flush_tally()
    worker_redis().rename("copy", aside)
    worker_redis().hset(aside, "sequence", 1)
    assert stored() == {DAY: 1}
    flush_tally()
    assert stored() == {DAY: 1}


def test_days_are_those_of_utc_and_limits_are_included():
    yesterday = DAY - timedelta(days=1)
    count("stored", at=datetime(2026, 11, 20, 0, 0, tzinfo=UTC))
    count("stored", at=datetime(2026, 11, 19, 23, 59, tzinfo=UTC))
    assert stored() == {DAY: 1}
    assert stored(yesterday, yesterday) == {yesterday: 1}
    assert stored(yesterday) == {DAY: 1, yesterday: 1}


def test_other_metrics_are_left_out_and_partitions_count_as_well():
    count("events")
    field = tally_field("stored", at=int(NOON.timestamp() * 1_000), key="till")
    worker_redis().hincrby(partition_tally_key(1), field, 5)
    assert counts_by_day(["stored"], first=DAY, last=DAY) == {(DAY, "till"): {"stored": 5}}
