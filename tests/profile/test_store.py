"""The store: one read a page, one write a subject, and a page that never waits."""

import time

import pytest
from django.test import override_settings

from personalize.connections import worker_redis
from personalize.profile import store
from personalize.profile.breaker import Breaker
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, load, read_page, read_timeline, save
from personalize.profile.timeline import Moment
from tests.servers import free_port


def change(position: str, **profile: object) -> Change:
    """Return a change of the visitor's profile."""
    return Change(Profile("a:visitor", **profile), Seen(), position)  # type: ignore[arg-type]


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
    assert save([first, first], partition=0) == [True, False]
    assert worker_redis().hgetall(store.TALLY_KEY) == {b"1|events|Viewed": b"1"}
    assert save([change("1")], partition=0) == [False]
    assert save([change("1")], partition=1) == [True]


def test_a_write_goes_on_after_redis_has_forgotten_the_script() -> None:
    save([change("1")], partition=0)
    worker_redis().script_flush()
    assert save([change("2")], partition=0) == [True]
    assert load(["a:visitor"], partition=0)["a:visitor"].position == "2"


def test_the_timeline_keeps_the_last_moments() -> None:
    moments = [Moment(at, "Viewed") for at in range(50)]
    save([Change(Profile("a:visitor"), Seen(), "1", moments=moments)], partition=0)
    kept = read_timeline("a:visitor")
    assert [moment.at for moment in kept] == list(range(49, 19, -1))


def test_a_bot_is_forgotten_in_a_day() -> None:
    save([change("1", is_bot=True)], partition=0)
    assert worker_redis().ttl(store.profile_key("a:visitor")) <= store.BOT_TTL_SECONDS


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
    kept = worker_redis().ttl(store.profile_key("a:visitor"))
    assert (days - 1) * 86_400 < kept <= days * 86_400


def test_erasing_a_profile_leaves_nothing_but_a_mark_for_an_hour() -> None:
    moments = [Moment(1, "Viewed")]
    save([Change(Profile("a:visitor"), Seen(), "1", moments=moments, due_at=5)], partition=0)
    store.erase_profile("a:visitor")
    assert worker_redis().keys("*visitor*") == [b"px:v:{a:visitor}"]
    assert worker_redis().hgetall("px:v:{a:visitor}") == {b"erased": b"1"}
    assert 0 < worker_redis().ttl("px:v:{a:visitor}") <= store.ERASED_SECONDS
    assert worker_redis().zcard(store.DUE_KEY) == 0


def test_a_worker_that_read_before_an_erasure_cannot_write_after_it() -> None:
    """F31: the batch had passed the tombstones when the visitor asked."""
    save([change("1", events=3)], partition=0)
    store.erase_profile("a:visitor")
    assert save([change("2", events=4)], partition=0) == [False]
    assert read_page("a:visitor").profile is None


def test_a_profile_that_cannot_be_read_is_none_and_closes_nobody_out() -> None:
    worker_redis().hset(store.profile_key("a:visitor"), "s", b"\xc1")
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
