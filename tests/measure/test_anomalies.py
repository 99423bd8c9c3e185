"""Volumes against the weeks before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from personalize.measure.anomalies import deviations, volume_anomalies
from personalize.measure.counts import start_of
from tests.factories import TallyFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
LATER = datetime(2026, 11, 21, 3, tzinfo=UTC)


def fill(counts: list[int], *, metric: str = "events", key: str = "Viewed", hour: int = 9) -> None:
    """Count so much in an hour of the day, and in that hour of the weeks before."""
    for weeks, count in enumerate(counts):
        at = start_of(DAY - timedelta(weeks=weeks)) + timedelta(hours=hour)
        TallyFactory(hour=at, metric=metric, key=key, count=count)


def test_an_hour_without_what_is_usual_is_an_anomaly():
    fill([0, 101, 97, 104, 99, 100])
    (found,) = volume_anomalies(DAY, now=LATER)
    assert (found.of, found.key, found.hours) == ("event", "Viewed", [9])
    assert (found.seen, found.expected) == (0, 100)


def test_a_flood_from_one_source_is_an_anomaly():
    fill([900, 101, 97, 104, 99, 100], metric="accepted", key="shop")
    (found,) = volume_anomalies(DAY, now=LATER)
    assert (found.of, found.key) == ("source", "shop")
    assert found.deviations > 50


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param([115, 101, 97, 104, 99, 100], id="what chance makes"),
        pytest.param([9, 1, 0, 2, 1, 0], id="small numbers"),
        pytest.param([0, 100, 100], id="too few weeks"),
        pytest.param([200, 20, 300, 100, 250, 60], id="what always varies"),
    ],
)
def test_the_ordinary_is_none(counts):
    fill(counts)
    assert volume_anomalies(DAY, now=LATER) == []


def test_one_bad_week_does_not_make_the_next_good_one_strange():
    fill([100, 0, 97, 104, 99, 100, 101])
    assert volume_anomalies(DAY, now=LATER) == []


def test_an_hour_that_lasts_is_not_judged():
    fill([3, 101, 97, 104, 99, 100])
    assert volume_anomalies(DAY, now=start_of(DAY) + timedelta(hours=9, minutes=30)) == []


def test_neighbouring_hours_are_one_anomaly():
    for hour in (9, 10, 12):
        fill([0, 100, 100, 100, 100], hour=hour)
    (found,) = volume_anomalies(DAY, now=LATER)
    assert (found.hours, found.expected) == ([9, 10, 12], 300)


def test_deviations_have_a_floor():
    assert deviations(12, [10, 10, 10], least=2) == (10, 1.0)
