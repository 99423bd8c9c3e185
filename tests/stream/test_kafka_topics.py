"""The topics of a stream on a real Kafka: made, grown, and numbered for ever."""

from typing import Any

import pytest

from personalize.connections import worker_redis
from personalize.stream.kafka_topics import Place, Topics
from personalize.stream.protocol import StreamUnavailable
from tests.kafka_server import options_for_test

pytestmark = pytest.mark.kafka


@pytest.fixture
def options() -> dict[str, Any]:
    return options_for_test()


def topics(options: dict[str, Any], *names: str, partitions: int = 2) -> Topics:
    return Topics(
        [options["topic"], *names],
        partitions=partitions,
        config={"bootstrap.servers": options["bootstrap_servers"]},
        topic_config={},
        replication=-1,
    )


def test_the_numbers_of_a_single_topic_are_its_partitions(options: dict[str, Any]) -> None:
    found = topics(options)
    assert [found.place_of(number) for number in range(3)] == [
        Place(options["topic"], 0),
        Place(options["topic"], 1),
        None,
    ]
    assert found.count == 2


def test_numbers_stand_when_partitions_and_topics_are_added(options: dict[str, Any]) -> None:
    main, carts = options["topic"], options["topic"] + ".carts"
    assert topics(options).count == 2
    assert topics(options, partitions=3).number_of(Place(main, 2)) == 2
    both = topics(options, carts, partitions=3)
    assert [both.number_of(Place(carts, each)) for each in range(3)] == [3, 4, 5]
    assert topics(options, partitions=3).place_of(4) == Place(carts, 1)
    assert topics(options, partitions=3).existing == [main, carts]


def test_a_topic_made_again_is_another_one(options: dict[str, Any]) -> None:
    found = topics(options)
    assert found.count == 2
    for future in found._admin.delete_topics([options["topic"]]).values():
        future.result(10)
    while options["topic"] in found._sizes():
        pass
    again = topics(options)
    assert again.number_of(Place(options["topic"], 0)) == 2
    assert again.place_of(0) is None


def test_without_a_broker_it_says_so() -> None:
    options = {"topic": "personalize", "bootstrap_servers": "127.0.0.1:1"}
    with pytest.raises(StreamUnavailable):
        topics(options).ensure()
    assert not worker_redis().exists("px:kafka:numbers")
