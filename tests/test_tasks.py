"""Tasks: run twice, late or at once, they do no more than the first did."""

from datetime import UTC, datetime
from typing import Any

import pytest

from personalize import tasks
from personalize.connections import worker_redis
from personalize.keys import dirty_key, due_key, shard_of
from personalize.lake import outbox
from personalize.models import Membership, Segment, SegmentPortrait, SegmentSize
from personalize.profile import flush as profile_flush
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.schedule import SCHEDULE
from personalize.segment import refresh
from personalize.segment.memberships import encode
from personalize.segment.refresh import Transition
from personalize.stream.doorbell import accept
from personalize.stream.ownership import owner_key
from personalize.stream.protocol import StreamUnavailable, current_stream, partition_of
from personalize.tasks import (
    audit,
    backfill,
    count_segments,
    drain,
    flush,
    learn_statistics,
    maintain_lake,
    mind_jobs,
    portray_segments,
    prune,
    ring,
    tick,
    write_lake,
)
from personalize.testing import event_of

pytestmark = pytest.mark.django_db(transaction=True)


def lag() -> int:
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_the_schedule_names_tasks_that_exist() -> None:
    tasks = {
        task.name
        for task in (
            audit,
            backfill,
            count_segments,
            drain,
            flush,
            learn_statistics,
            maintain_lake,
            mind_jobs,
            portray_segments,
            prune,
            ring,
            tick,
            write_lake,
        )
    }
    assert {entry["task"] for entry in SCHEDULE.values()} <= tasks


def test_two_beats_tick_and_the_visitor_is_looked_at_once() -> None:
    worker_redis().zadd(due_key(shard_of("a:visitor")), {"a:visitor": 1})
    assert [tick(), tick()] == [1, 0]
    assert lag() == 1


def test_a_flush_leaves_the_work_to_the_one_that_is_running() -> None:
    lock = worker_redis().lock("px:flush", timeout=60)
    worker_redis().sadd(dirty_key(shard_of("a:visitor")), "a:visitor")
    with lock:
        flush()
        assert worker_redis().scard(dirty_key(shard_of("a:visitor"))) == 1
    flush()
    assert worker_redis().scard(dirty_key(shard_of("a:visitor"))) == 0


def test_sizes_are_counted_once_in_five_minutes() -> None:
    Segment.objects.create(name="Keen", slug="keen")
    count_segments()
    count_segments()
    at = {size.counted_at for size in SegmentSize.objects.all()}
    assert len(at) == SegmentSize.objects.count()
    assert all(each <= datetime.now(UTC) and each.minute % 5 == 0 for each in at)


def test_segments_are_portrayed_and_portrayed_anew() -> None:
    Segment.objects.create(name="Keen", slug="keen")
    assert portray_segments() == portray_segments() == 1
    assert SegmentPortrait.objects.count() == 1


def test_a_partition_that_somebody_works_on_is_not_rung_for() -> None:
    accept([event_of("a:visitor", 1)])
    partition = partition_of("a:visitor", current_stream().partitions)
    worker_redis().set(owner_key(partition), "another worker")
    assert ring() == 0
    worker_redis().delete(owner_key(partition))
    assert ring() == 1
    assert not worker_redis().exists(owner_key(partition))


def test_a_flush_that_lost_its_lock_stops_and_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for subject in ("a:visitor", "a:stranger"):
        worker_redis().sadd(dirty_key(shard_of(subject)), subject)
    monkeypatch.setattr(profile_flush, "SUBJECTS_AT_ONCE", 1)
    written: list[object] = []

    def write(profiles: object) -> None:
        written.append(profiles)
        worker_redis().set("px:flush", "another's")

    monkeypatch.setattr(profile_flush, "write_rows", write)
    flush()
    assert len(written) == 1
    assert worker_redis().get("px:flush") == b"another's"


def test_moves_made_while_visitors_are_flushed_wait_for_the_next_flush(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever enters a segment after the visitors were read has no row yet."""
    Segment.objects.create(name="Keen", slug="keen")
    enter = Change(
        Profile("a:visitor", events=1, first_seen_at=1, last_seen_at=1),
        Seen(),
        "1",
        moves=[encode(Transition("a:visitor", "keen", 1))],
    )
    flush_visitors = tasks.flush_visitors

    def late(**options: Any) -> int:
        number = flush_visitors(**options)
        save([enter], partition=0)
        return number

    monkeypatch.setattr(tasks, "flush_visitors", late)
    flush()
    flush()
    assert Membership.objects.get().visitor.subject == "a:visitor"


def test_a_dead_flushs_visitors_and_those_since_have_rows_before_their_moves() -> None:
    Segment.objects.create(name="Keen", slug="keen")
    worker_redis().sadd(f"{dirty_key(shard_of('a:stranger'))}:flushing", "a:stranger")
    profile = Profile("a:visitor", events=1, first_seen_at=1, last_seen_at=1)
    moves = [encode(Transition("a:visitor", "keen", 1))]
    save([Change(profile, Seen(), "1", moves=moves)], partition=0)
    flush()
    assert Membership.objects.get().visitor.subject == "a:visitor"


def test_who_asks_while_everybody_is_looked_at_is_heard_by_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ask_again(**_: Any) -> int:
        worker_redis().set(refresh.EVERYBODY_KEY, 2)
        return 0

    worker_redis().set(refresh.EVERYBODY_KEY, 1)
    monkeypatch.setattr(refresh, "refresh_everybody", ask_again)
    assert worker_redis().exists(refresh.EVERYBODY_KEY)
    refresh.refresh_if_asked(now=1)
    assert worker_redis().get(refresh.EVERYBODY_KEY) == b"2"


def test_what_took_effect_is_written_to_the_lake(settings, tmp_path):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    outbox.put("a:visitor", [event_of("a:visitor", 1)])

    assert [write_lake(), write_lake()] == [1, 0]
    maintain_lake()


def test_what_the_lake_does_not_take_waits(settings, tmp_path):
    (tmp_path / "lake").write_text("a file is no folder")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    outbox.put("a:visitor", [event_of("a:visitor", 1)])

    assert write_lake() == 0
    maintain_lake()
    learn_statistics()
    assert outbox.number_waiting() == 1


def test_a_site_without_a_lake_writes_none(settings):
    outbox.put("a:visitor", [event_of("a:visitor", 1)])

    assert write_lake() == 0
    maintain_lake()
    learn_statistics()


def test_partitions_are_rung_for_although_a_hand_over_cannot_be_sent(monkeypatch) -> None:
    def refuse() -> None:
        raise StreamUnavailable

    accept([event_of("u:7")])
    monkeypatch.setattr(tasks, "send", refuse)
    assert ring() == 1
