"""An owner's reader and the meter, where others have been at work since."""

from typing import Any

import pytest

from personalize.stream.kafka import KafkaStream
from personalize.testing import event_of
from tests.kafka_server import options_for_test

pytestmark = pytest.mark.kafka


@pytest.fixture
def options() -> dict[str, Any]:
    return options_for_test()


def numbers(entries: Any) -> list[Any]:
    return [entry.event.properties["number"] for entry in entries]


def test_a_new_owner_begins_where_the_one_before_has_stopped(options: dict[str, Any]) -> None:
    first, second = (KafkaStream(partitions=1, **options) for _ in range(2))
    first.append([event_of("a:visitor", number) for number in range(6)])
    assert second.own(0)
    assert numbers(second.read(0, limit=1)) == [0]
    second.release(0)
    assert first.own(0)
    first.acknowledge(0, [entry.position for entry in first.read(0, limit=4)])
    first.release(0)
    assert second.own(0)
    assert numbers(second.read(0, limit=10)) == [4, 5]


def test_what_is_acknowledged_after_the_ownership_was_lost_commits_nothing(
    options: dict[str, Any],
) -> None:
    stream = KafkaStream(partitions=1, **options)
    stream.append([event_of("a:visitor", number) for number in range(3)])
    positions = [entry.position for entry in stream.read(0, limit=3)]
    assert stream.own(0)  # gained: begins anew
    stream.acknowledge(0, positions)
    assert stream.lag(0).entries == 3


def test_the_lag_tells_the_age_of_the_oldest(options: dict[str, Any]) -> None:
    stream = KafkaStream(partitions=1, **options)
    stream.append([event_of("a:visitor")])
    first, second = stream.lag(0), stream.lag(0)
    assert 0 < first.seconds <= second.seconds < 60
