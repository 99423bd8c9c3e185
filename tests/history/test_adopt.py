"""A profile made anew takes its place unless somebody was faster."""

import pytest

from personalize.connections import worker_redis
from personalize.history.adopt import Adoption, adopt, raise_version, read_live
from personalize.keys import SHARDS, dirty_key, moves_key, profile_key, shard_of, version_key
from personalize.profile import store
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from tests.streamed import drain_all, send, view

pytestmark = pytest.mark.django_db(transaction=True)

VISITOR, SHARD = "a:visitor", shard_of("a:visitor")
MADE = Profile(VISITOR, events=7)


def events_of_visitor() -> int:
    profile = store.read_profile(VISITOR)
    return profile.events if profile else 0


def test_it_serves_and_is_flushed() -> None:
    send(view(1))
    drain_all()
    worker_redis().delete(dirty_key(SHARD))
    live = read_live([VISITOR])[VISITOR]
    assert adopt([Adoption(MADE, live.revision, "lost", moves=[b"move"])]) == []
    assert events_of_visitor() == 7
    assert worker_redis().smembers(dirty_key(SHARD)) == {VISITOR.encode()}
    assert worker_redis().lrange(moves_key(SHARD), -1, -1) == [b"move"]


def test_who_moved_meanwhile_is_told_and_left_alone() -> None:
    live = read_live([VISITOR])[VISITOR]
    send(view(1))
    drain_all()
    assert adopt([Adoption(MADE, live.revision, "lost")]) == [VISITOR]
    assert events_of_visitor() == 1


def test_a_worker_that_read_before_does_its_batch_again() -> None:
    send(view(1))
    drain_all()
    stale = store.load([VISITOR], partition=0)[VISITOR]
    live = read_live([VISITOR])[VISITOR]
    adopt([Adoption(MADE, live.revision, "same")])
    change = store.Change(Profile(VISITOR), Seen(), "9", revision=stale.revision)
    assert store.save([change], partition=0) == [store.Saved.MOVED]


def test_the_erased_do_not_come_back() -> None:
    store.erase_profile(VISITOR)
    live = read_live([VISITOR])[VISITOR]
    assert live.is_erased
    assert adopt([Adoption(MADE, live.revision, "lost")]) == []
    assert events_of_visitor() == 0


def test_a_lost_one_comes_back_with_all_that_a_worker_needs() -> None:
    back = Adoption(MADE, "", "lost", seen=Seen(day=3), sequence=5 << 20, ttl_seconds=60)
    adopt([back])
    stored = store.load([VISITOR], partition=0)[VISITOR]
    assert (stored.seen.day, stored.sequence, stored.revision) == (3, 5 << 20, "1")
    assert 0 < worker_redis().ttl(profile_key(VISITOR)) <= 60


def test_versions_only_rise() -> None:
    raise_version(5)
    raise_version(3)
    assert {worker_redis().get(version_key(shard)) for shard in range(SHARDS)} == {b"5"}
