"""Tasks: run twice, late or at once, they do no more than the first did."""

from datetime import UTC, datetime

import pytest

from personalize.connections import worker_redis
from personalize.models import Segment, SegmentSize
from personalize.profile.store import DIRTY_KEY, DUE_KEY
from personalize.schedule import SCHEDULE
from personalize.stream.protocol import current_stream
from personalize.tasks import count_segments, drain, flush, prune, ring, tick

pytestmark = pytest.mark.django_db(transaction=True)


def lag() -> int:
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_the_schedule_names_tasks_that_exist() -> None:
    tasks = {task.name for task in (count_segments, drain, flush, prune, ring, tick)}
    assert {entry["task"] for entry in SCHEDULE.values()} <= tasks


def test_two_beats_tick_and_the_visitor_is_looked_at_once() -> None:
    worker_redis().zadd(DUE_KEY, {"a:visitor": 1})
    assert [tick(), tick()] == [1, 0]
    assert lag() == 1


def test_a_flush_leaves_the_work_to_the_one_that_is_running() -> None:
    lock = worker_redis().lock("px:flush", timeout=60)
    worker_redis().sadd(DIRTY_KEY, "a:visitor")
    with lock:
        flush()
        assert worker_redis().scard(DIRTY_KEY) == 1
    flush()
    assert worker_redis().scard(DIRTY_KEY) == 0


def test_sizes_are_counted_once_in_five_minutes() -> None:
    Segment.objects.create(name="Keen", slug="keen")
    count_segments()
    count_segments()
    at = {size.counted_at for size in SegmentSize.objects.all()}
    assert len(at) == SegmentSize.objects.count()
    assert all(each <= datetime.now(UTC) and each.minute % 5 == 0 for each in at)
