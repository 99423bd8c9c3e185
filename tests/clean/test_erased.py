"""Tombstones: known by a hash, and not forgotten when Redis forgets."""

import time

import pytest
from msgspec.structs import replace

from personalize.clean.erased import bury, hash_subject, lift, without_erased
from personalize.connections import worker_redis
from personalize.models import Erasure
from personalize.testing import event_of

pytestmark = pytest.mark.django_db


def received(at):
    """Return an event of user 7 that came in at the moment."""
    return replace(event_of("u:7"), received_at=at)


def test_only_the_erased_subject_is_refused():
    bury("a:visitor")
    events = [event_of("a:visitor"), event_of("a:stranger"), event_of("u:visitor")]
    assert [event.subject for event in without_erased(events)] == ["a:stranger", "u:visitor"]


def test_a_redis_without_memory_learns_the_tombstones_again():
    bury("a:visitor")
    worker_redis().flushdb()
    assert without_erased([event_of("a:visitor")]) == []


def test_burying_twice_is_burying_once():
    bury("a:visitor")
    bury("a:visitor")
    assert without_erased([event_of("a:visitor")]) == []


def test_the_hash_depends_on_the_sites_key(settings):
    before = hash_subject("a:visitor")
    settings.SECRET_KEY = "another"
    assert hash_subject("a:visitor") != before


def test_no_events_ask_nothing():
    assert without_erased([]) == []


@pytest.mark.parametrize("is_remembered", [True, False], ids=["known", "loaded again"])
def test_a_tombstone_outlives_the_rotation_of_the_key(settings, is_remembered):
    bury("a:visitor")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    if not is_remembered:
        worker_redis().flushdb()

    events = [event_of("a:visitor"), event_of("a:stranger")]

    assert without_erased(events) == events[1:]


@pytest.mark.parametrize("is_remembered", [True, False], ids=["known", "loaded again"])
def test_a_lifted_tombstone_refuses_only_what_came_in_before(is_remembered):
    now = time.time_ns() // 1_000_000
    bury("u:7")
    assert lift("u:7")
    if not is_remembered:
        worker_redis().flushdb()
    late, fresh = (received(now + step) for step in (-60_000, 60_000))

    assert without_erased([late, fresh]) == [fresh]
    assert Erasure.objects.get().lifted_at


def test_a_tombstone_of_an_older_key_is_lifted_too(settings):
    bury("u:7")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    lift("u:7")
    event = received(time.time_ns() // 1_000_000 + 60_000)

    assert without_erased([event]) == [event]


def test_who_was_never_erased_has_nothing_to_lift():
    bury("u:7")

    assert not lift("u:8")
    assert without_erased([event_of("u:7")]) == []


def test_burying_again_refuses_again():
    bury("u:7")
    lift("u:7")
    bury("u:7")

    assert without_erased([received(2**50)]) == []
    assert Erasure.objects.get().lifted_at is None
