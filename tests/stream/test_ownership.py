"""The lock and the doorbell of a partition, which every backend shares."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from personalize.connections import worker_redis
from personalize.stream.ownership import Ownership, handed_out, owner_key, to_ring
from personalize.stream.protocol import StreamUnavailable


def test_the_lock_is_gained_kept_and_refused_to_others() -> None:
    visitor, stranger = Ownership(), Ownership()
    assert [visitor.take(0), visitor.take(0), stranger.take(0)] == ["gained", "kept", ""]
    assert stranger.take(1) == "gained"


def test_only_the_owner_gives_the_lock_back() -> None:
    visitor, stranger = Ownership(), Ownership()
    visitor.take(0)
    assert not stranger.give_back(0)
    assert visitor.give_back(0)
    assert stranger.take(0) == "gained"


def test_each_thread_is_an_owner_of_its_own() -> None:
    ownership = Ownership()
    ownership.take(0)
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ownership.take, 0).result() == ""


def test_a_dead_owners_lock_ends_by_itself() -> None:
    Ownership().take(0)
    assert 0 < worker_redis().pttl(owner_key(0)) <= 10_000


def test_a_bell_rings_once_until_an_owner_has_come_and_gone() -> None:
    owner = Ownership()
    assert to_ring([0, 1]) == [0, 1]
    assert to_ring([0, 1]) == []
    owner.take(0)
    owner.give_back(0)
    assert to_ring([0, 1]) == [0]


def test_what_begins_at_the_same_place_is_counted_as_handed_out_again() -> None:
    counts = [handed_out(0, "05"), handed_out(0, "05"), handed_out(1, "05"), handed_out(0, "07")]
    assert counts == [1, 2, 1, 1]


def test_without_redis_nobody_is_rung_and_nothing_is_owned(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": "redis://127.0.0.1:1/0"}
    assert to_ring([0]) == []
    with pytest.raises(StreamUnavailable):
        Ownership().take(0)
