"""Tombstones: known by a hash, and not forgotten when Redis forgets."""

import pytest

from personalize.clean.erased import bury, hash_subject, is_erased, without_erased
from personalize.connections import worker_redis
from personalize.testing import event_of

pytestmark = pytest.mark.django_db


def test_only_the_erased_subject_is_refused():
    bury("a:visitor")
    events = [event_of("a:visitor"), event_of("a:stranger"), event_of("u:visitor")]
    assert [event.subject for event in without_erased(events)] == ["a:stranger", "u:visitor"]
    assert is_erased("a:visitor")
    assert not is_erased("a:stranger")


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
