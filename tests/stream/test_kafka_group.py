"""Members of the group: what is assigned, revoked amid a batch, and given back."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from personalize.connections import worker_redis
from personalize.stream.kafka import KafkaStream
from personalize.stream.kafka_group import Member
from personalize.stream.ownership import bell_key, owner_key
from personalize.testing import event_of
from tests.kafka_server import options_for_test

pytestmark = pytest.mark.kafka


@pytest.fixture
def options() -> dict[str, Any]:
    return options_for_test()


def gathered(members: list[Member], *, until: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 30
    while not until():
        assert time.monotonic() < ends_at
        for member in members:
            member.gather(limit=100, seconds=0.1)


def test_a_second_member_gets_its_share_and_the_first_drops_what_it_had_in_hand_of_it(
    options: dict[str, Any],
) -> None:
    stream = KafkaStream(partitions=4, **options)
    stream.append([event_of(f"a:{number}") for number in range(40)])
    first = stream.join()
    gathered([first], until=lambda: len(first._hands) == 4 and all(first._hands.values()))
    second = KafkaStream(partitions=4, **options).join()
    gathered([first, second], until=lambda: len(first._hands) == len(second._hands) == 2)
    assert not first._hands.keys() & second._hands.keys()
    gathered([second], until=lambda: all(second._hands.values()))
    for partition in second.gather(limit=1, seconds=0):
        assert second.own(partition)
        assert not first.own(partition)
    first.leave()
    gathered([second], until=lambda: len(second._hands) == 4)
    second.leave()


def test_a_member_owns_what_is_assigned_so_that_nobody_is_rung(options: dict[str, Any]) -> None:
    stream = KafkaStream(partitions=2, **options)
    member = stream.join()
    gathered([member], until=lambda: len(member._hands) == 2)
    member.keep()
    assert worker_redis().exists(owner_key(0), bell_key(0)) == 2
    assert stream.append([event_of("a:visitor")]) == []
    member.leave()
    assert not worker_redis().exists(owner_key(0), bell_key(0))


def test_nothing_is_lost_when_redis_was_away_as_partitions_were_assigned(
    options: dict[str, Any], settings: Settings
) -> None:
    stream = KafkaStream(partitions=1, **options)
    stream.append([event_of("a:visitor")])
    member = stream.join()
    with_redis = settings.PERSONALIZE
    settings.PERSONALIZE = {**with_redis, "REDIS_URL": "redis://127.0.0.1:1/0"}
    gathered([member], until=lambda: any(member._hands.values()))
    settings.PERSONALIZE = with_redis
    assert member.own(0)
    assert len(member.read(0, limit=10)) == 1
    member.leave()
