"""The topics of a stream on Kafka: made when missing, grown when too small, numbered for ever."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from personalize.connections import worker_redis
from personalize.stream.ownership import unavailable_on_error
from personalize.stream.protocol import StreamUnavailable

ADMIN_SECONDS = 10.0
NUMBERS_KEY = "px:kafka:numbers"

# KEYS: numbers. ARGV: names. Gives each name that has none the next number; returns them all.
NUMBER = """
for _, name in ipairs(ARGV) do redis.call('HSETNX', KEYS[1], name, redis.call('HLEN', KEYS[1])) end
return redis.call('HGETALL', KEYS[1])
"""


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Topics:
    """What a process knows of the topics; asked for when first needed.

    A partition of a topic has one number for ever, given in the order of appearance and kept beside
    the profiles, which know by it how far they are. So topics and partitions can be added, and one
    that the settings name no more is still read to its end. A topic that was deleted and made again
    is another one: its offsets begin anew.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        partitions: int,
        config: Mapping[str, Any],
        topic_config: Mapping[str, str],
        replication: int,
    ) -> None:
        self.names = list(names)
        self._partitions = partitions
        self._topic_config, self._replication = dict(topic_config), replication
        self._admin = AdminClient(dict(config))
        self._is_ensured = False
        self._numbers: dict[Place, int] = {}
        self._places: dict[int, Place] = {}

    def ensure(self) -> None:
        """Make what is missing; raises StreamUnavailable when there is no broker to ask."""
        if not self._is_ensured:
            with unavailable_on_kafka_error():
                self._make()
                self._grow()
            self._is_ensured = True

    @property
    def count(self) -> int:
        """How many numbers were given."""
        return max(self._known().values(), default=-1) + 1

    @property
    def existing(self) -> list[str]:
        """The topics to read: those of the settings, and those that once were."""
        return sorted({place.topic for place in self._known()})

    def number_of(self, place: Place) -> int:
        """Return the number of the partition; a new one's is given now."""
        if place not in self._known():
            self._number()
        return self._numbers[place]

    def place_of(self, number: int) -> Place | None:
        """Return the partition of this number; None when its topic is there no more."""
        if number not in self._places:
            self._number()
        return self._places.get(number)

    def _known(self) -> dict[Place, int]:
        if not self._numbers:
            self._number()
        return self._numbers

    def _make(self) -> None:
        there = self._admin.list_topics(timeout=ADMIN_SECONDS).topics
        missing = [
            NewTopic(name, self._partitions, self._replication, config=self._topic_config)
            for name in self.names
            if name not in there
        ]
        if missing:
            _settled(self._admin.create_topics(missing), but=KafkaError.TOPIC_ALREADY_EXISTS)
            self._wait_for_partitions()

    def _grow(self) -> None:
        sizes = self._sizes()
        small = [name for name in self.names if sizes.get(name, 0) < self._partitions]
        if small:
            wanted = [NewPartitions(name, self._partitions) for name in small]
            _settled(self._admin.create_partitions(wanted), but=KafkaError.INVALID_PARTITIONS)
            self._wait_for_partitions()

    def _sizes(self) -> dict[str, int]:
        topics = self._admin.list_topics(timeout=ADMIN_SECONDS).topics
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def _wait_for_partitions(self) -> None:
        """Return when the broker tells of what it has made, which may be a moment later."""
        deadline = time.monotonic() + ADMIN_SECONDS
        while time.monotonic() < deadline:
            sizes = self._sizes()
            if all(sizes.get(name, 0) >= self._partitions for name in self.names):
                return
            time.sleep(0.05)
        raise StreamUnavailable("Kafka has not made the topics in time")

    def _number(self) -> None:
        self.ensure()
        with unavailable_on_error():
            before: Any = worker_redis().hkeys(NUMBERS_KEY)
        once = {name.decode().split(" ")[0] for name in before} - set(self.names)
        places = {  # in the order of the settings: a single new topic's numbers are its partitions'
            f"{topic.name} {topic.topic_id} {each.id}": Place(topic.name, each.id)
            for topic in self._described([*self.names, *sorted(once)])
            for each in sorted(topic.partitions, key=lambda each: each.id)
        }
        with unavailable_on_error():
            reply: Any = worker_redis().eval(NUMBER, 1, NUMBERS_KEY, *places)
        pairs = zip(reply[::2], reply[1::2], strict=True)
        numbers = {name.decode(): int(number) for name, number in pairs}
        self._numbers = {place: numbers[name] for name, place in places.items()}
        self._places = {number: place for place, number in self._numbers.items()}

    def _described(self, names: Sequence[str]) -> Iterator[Any]:
        with unavailable_on_kafka_error():
            for future in self._admin.describe_topics(TopicCollection(list(names))).values():
                try:
                    yield future.result(ADMIN_SECONDS)
                except KafkaException as error:  # deleted since
                    if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                        raise


def _settled(futures: Mapping[str, Any], *, but: int) -> None:
    """Wait for what was asked; that another process was faster (`but`) is as good."""
    for future in futures.values():
        try:
            future.result(ADMIN_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != but:
                raise


@contextmanager
def unavailable_on_kafka_error() -> Iterator[None]:
    """Let what Kafka's client raises come as what streams raise."""
    try:
        yield
    except (KafkaException, TimeoutError) as error:
        raise StreamUnavailable(f"Kafka did not answer as it should: {error}") from error
