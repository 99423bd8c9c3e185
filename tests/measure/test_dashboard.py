"""The numbers on the dashboard."""

from datetime import timedelta

import pytest

from personalize.measure import dashboard
from personalize.models import SegmentSize, Tally
from tests.factories import NOON, SegmentFactory

pytestmark = pytest.mark.django_db


def tally(count, *, hours=0, key="Page Viewed", metric="events"):
    Tally.objects.create(metric=metric, key=key, hour=NOON - timedelta(hours=hours), count=count)


def test_hours_without_events_are_zero_and_the_present_one_is_last():
    tally(5)
    tally(2, key="Signed Up")
    tally(3, hours=2)
    tally(9, metric="bots")

    steps = dashboard.hourly_events(now=NOON + timedelta(minutes=30), hours=4)

    assert [step.count for step in steps] == [0, 3, 0, 7]
    assert steps[-1].at == NOON


def test_days_sum_their_hours():
    tally(5)
    tally(3, hours=11)
    tally(4, hours=13)

    events, _ = dashboard.daily_events_and_new_visitors(now=NOON, days=3)
    assert [step.count for step in events] == [0, 4, 8]


def test_each_event_has_its_own_series_in_one_query(django_assert_num_queries):
    tally(5)
    tally(2, key="Signed Up", hours=24)

    with django_assert_num_queries(1):
        series = dashboard.daily_by_event(["Page Viewed", "Signed Up", "Nothing"], now=NOON, days=2)

    assert series == {"Page Viewed": [0, 5], "Signed Up": [2, 0], "Nothing": [0, 0]}


def test_new_visitors_are_counted_by_day():
    tally(7, metric="new_visitors", key="")

    _, visitors = dashboard.daily_events_and_new_visitors(now=NOON, days=1)
    assert [step.count for step in visitors] == [7]


def test_a_segments_size_is_that_of_the_end_of_each_day_and_the_largest_comes_first():
    small, large, never = (SegmentFactory(name=name) for name in ("small", "large", "never"))
    SegmentFactory(is_live=False)
    for segment, hours, visitors in ((small, 24, 4), (small, 1, 2), (small, 0, 3), (large, 0, 9)):
        at = NOON - timedelta(hours=hours)
        SegmentSize.objects.create(segment=segment, counted_at=at, visitors=visitors)

    sizes = dashboard.segment_sizes(now=NOON)

    assert [size.segment for size in sizes] == [large, small, never]
    assert [list(size.counts) for size in sizes] == [[9], [4, 3], []]


def test_all_sizes_take_one_query(django_assert_num_queries):
    for segment in SegmentFactory.create_batch(3):
        for days in range(5):
            at = NOON - timedelta(days=days)
            SegmentSize.objects.create(segment=segment, counted_at=at, visitors=days)

    with django_assert_num_queries(1):
        sizes = dashboard.segment_sizes(now=NOON)

    assert [size.counts for size in sizes] == [[4, 3, 2, 1, 0]] * 3


def test_there_are_events_once_one_was_counted():
    tally(3, metric="bots")
    assert not dashboard.has_events()
    tally(1)
    assert dashboard.has_events()


def test_a_segments_moves_are_its_own_day_by_day():
    tally(5, metric="entered", key="keen")
    tally(2, metric="entered", key="keen", hours=1)
    tally(3, metric="exited", key="keen", hours=24)
    tally(9, metric="entered", key="rich")

    entered, exited = dashboard.daily_moves("keen", now=NOON, days=2)

    assert [step.count for step in entered] == [0, 7]
    assert [step.count for step in exited] == [3, 0]


def test_a_segments_own_sizes_are_the_last_of_each_day():
    keen = SegmentFactory()
    for hours, visitors in ((24, 4), (1, 2), (0, 3)):
        at = NOON - timedelta(hours=hours)
        SegmentSize.objects.create(segment=keen, counted_at=at, visitors=visitors)

    assert [step.count for step in dashboard.sizes_of(keen, now=NOON)] == [4, 3]
