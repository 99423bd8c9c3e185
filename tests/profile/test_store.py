"""The store: one read a page, one write a subject, and a page that never waits."""

import time

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from personalize.connections import worker_redis
from personalize.keys import due_key, outbox_key, profile_key, shard_of, tally_key, version_key
from personalize.profile import store
from personalize.profile.breaker import Breaker
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, Saved, load, read_page, read_timeline, save
from personalize.profile.timeline import Moment
from tests.servers import free_port


def change(position: str, *, revision: str = "", **profile: object) -> Change:
    """Return a change of the visitor's profile."""
    fresh = Profile("a:visitor", **profile)  # type: ignore[arg-type]
    return Change(fresh, Seen(), position, revision=revision)


def test_a_page_reads_the_profile_and_the_plans_version() -> None:
    save([change("1", events=3)], partition=0)
    store.bump_plan_version()
    page = read_page("a:visitor")
    assert page.profile
    assert page.profile.events == 3
    assert page.plan_version == store.current_plan_version()
    assert not page.is_stale


def test_a_page_of_nobody_reads_the_plans_version_alone() -> None:
    assert read_page(None) == (None, 0, False)
    assert read_page("a:stranger") == (None, 0, False)


def test_a_version_is_not_given_out_again_by_a_redis_that_lost_its_memory() -> None:
    store.bump_plan_version()
    first = store.current_plan_version()
    worker_redis().flushdb()
    time.sleep(0.002)
    store.bump_plan_version()
    assert store.current_plan_version() > first


def test_a_write_at_a_position_that_was_applied_is_refused_with_all_that_it_carries() -> None:
    first = Change(Profile("a:visitor"), Seen(), "2", tally={"1|events|Viewed": 1})
    assert save([first, first], partition=0) == [Saved.DONE, Saved.APPLIED_BEFORE]
    assert worker_redis().hgetall(tally_key(shard_of("a:visitor"))) == {b"1|events|Viewed": b"1"}
    assert save([change("1")], partition=0) == [Saved.APPLIED_BEFORE]
    assert save([change("1", revision="1")], partition=1) == [Saved.DONE]


def test_a_write_of_a_profile_that_moved_since_it_was_read_is_refused_as_a_whole() -> None:
    """Two owners meet when partitions are raised while events wait."""
    save([change("1", events=1)], partition=0)
    stored = load(["a:visitor"], partition=1)["a:visitor"]
    save([change("2", events=2, revision=stored.revision)], partition=0)
    late = Change(Profile("a:visitor"), Seen(), "1", revision=stored.revision, tally={"1|x|": 1})
    assert save([late], partition=1) == [Saved.MOVED]
    assert load(["a:visitor"], partition=1)["a:visitor"].profile == Profile("a:visitor", events=2)
    assert not worker_redis().exists(tally_key(shard_of("a:visitor")))


def test_a_write_by_a_configuration_that_is_too_old_is_refused() -> None:
    worker_redis().set(version_key(shard_of("a:visitor")), 5)
    old, new = (Change(Profile("a:visitor"), Seen(), "1", version=version) for version in (4, 5))
    assert save([old], partition=0) == [Saved.MOVED]
    assert save([new], partition=0) == [Saved.DONE]


def test_events_for_the_lake_wait_in_the_order_of_their_effect() -> None:
    kept = [b"one", b"two"]
    for number, raw in enumerate(kept, start=1):
        revision = "" if number == 1 else "1"
        new = Change(Profile("a:visitor"), Seen(), str(number), revision=revision, kept=raw)
        assert save([new], partition=0) == [Saved.DONE]
    entries = worker_redis().xrange(outbox_key(shard_of("a:visitor")))
    assert [fields[b"e"] for _, fields in entries] == kept
    last = load(["a:visitor"], partition=0)["a:visitor"].sequence
    assert last == store.sequence_of(entries[-1][0])


def test_what_time_alone_has_changed_does_not_prolong_a_life() -> None:
    save([change("1", events=1)], partition=0)
    worker_redis().expire(profile_key("a:visitor"), 50)
    by_time = Change(Profile("a:visitor"), Seen(), "2", revision="1", is_by_time=True)
    assert save([by_time], partition=0) == [Saved.DONE]
    assert worker_redis().ttl(profile_key("a:visitor")) <= 50


def test_a_write_goes_on_after_redis_has_forgotten_the_script() -> None:
    save([change("1")], partition=0)
    worker_redis().script_flush()
    assert save([change("2", revision="1")], partition=0) == [Saved.DONE]
    assert load(["a:visitor"], partition=0)["a:visitor"].position == "2"


def test_the_timeline_keeps_the_last_moments() -> None:
    moments = [Moment(at, "Viewed") for at in range(50)]
    save([Change(Profile("a:visitor"), Seen(), "1", moments=moments)], partition=0)
    kept = read_timeline("a:visitor")
    assert [moment.at for moment in kept] == list(range(49, 19, -1))


def test_a_bot_is_forgotten_in_a_day() -> None:
    save([change("1", is_bot=True)], partition=0)
    assert worker_redis().ttl(profile_key("a:visitor")) <= store.NOBODY_TTL_SECONDS


@pytest.mark.parametrize(
    ("known", "days"),
    [
        ({"events": 9, "session_count": 1}, 90),
        ({"events": 9, "session_count": 2}, 390),
        ({"events": 1, "session_count": 1, "traits": {"plan": "gold"}}, 390),
        ({"events": 1, "session_count": 1, "user_id": "7"}, 390),
    ],
)
def test_who_has_come_once_is_forgotten_before_who_came_again(
    known: dict[str, object], days: int
) -> None:
    save([change("1", **known)], partition=0)
    kept = worker_redis().ttl(profile_key("a:visitor"))
    assert (days - 1) * 86_400 < kept <= days * 86_400


def test_erasing_a_profile_leaves_nothing_but_a_mark_for_an_hour() -> None:
    moments = [Moment(1, "Viewed")]
    save([Change(Profile("a:visitor"), Seen(), "1", moments=moments, due_at=5)], partition=0)
    store.erase_profile("a:visitor")
    assert worker_redis().keys("*visitor*") == [profile_key("a:visitor").encode()]
    left = {b"erased": b"1", b"p:redis:0": b"1"}  # and how far its events were counted
    assert worker_redis().hgetall(profile_key("a:visitor")) == left
    assert 0 < worker_redis().ttl(profile_key("a:visitor")) <= store.ERASED_SECONDS
    assert worker_redis().zcard(due_key(shard_of("a:visitor"))) == 0


def test_a_worker_that_read_before_an_erasure_cannot_write_after_it() -> None:
    """F31: the batch had passed the tombstones when the visitor asked."""
    save([change("1", events=3)], partition=0)
    store.erase_profile("a:visitor")
    assert save([change("2", events=4)], partition=0) == [Saved.ERASED]
    assert read_page("a:visitor").profile is None


def test_a_profile_that_cannot_be_read_is_none_and_closes_nobody_out() -> None:
    worker_redis().hset(profile_key("a:visitor"), "s", b"\xc1")
    for _ in range(10):
        assert read_page("a:visitor").profile is None
    save([Change(Profile("a:stranger", events=1), Seen(), "1")], partition=0)
    assert read_page("a:stranger").profile


def test_a_page_is_stale_when_the_store_is_down_and_soon_does_not_even_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breaker = Breaker()
    monkeypatch.setattr(store, "_breaker", breaker)
    with override_settings(PERSONALIZE={"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}):
        assert [read_page("a:visitor").is_stale for _ in range(3)] == [True] * 3
    assert not breaker.lets_through(failures=3, seconds=5)
    assert read_page("a:visitor").is_stale


def test_a_position_of_one_stream_refuses_nothing_of_another() -> None:
    """Who moves from Redis to Kafka begins with positions that are smaller as texts."""
    save([change("2", events=1)], partition=0)
    kafka = {"STREAM": "personalize.stream.kafka.KafkaStream"}
    with override_settings(PERSONALIZE={**django_settings.PERSONALIZE, **kafka}):
        stored = load(["a:visitor"], partition=0)["a:visitor"]
        assert (stored.position, stored.revision) == ("", "1")
        assert save([change("1", events=2, revision="1")], partition=0) == [Saved.DONE]
    assert load(["a:visitor"], partition=0)["a:visitor"].position == "2"
