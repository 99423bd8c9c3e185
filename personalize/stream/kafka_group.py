"""A member of the consumer group: it reads the partitions that Kafka assigns to it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from personalize import metrics
from personalize.stream.kafka_hand import Hand
from personalize.stream.kafka_reader import commit
from personalize.stream.kafka_topics import Place, Topics, unavailable_on_kafka_error
from personalize.stream.ownership import Ownership
from personalize.stream.protocol import Entry, StreamUnavailable

log = logging.getLogger(__name__)


class Member:
    """Used by one thread. Partitions come and go only within `gather`, so never amid a batch.

    Those assigned are owned by lock as well, so that no doorbell rings for them and no worker
    drains them. A partition of which something is in hand is paused: nothing piles up while a
    server does not answer.
    """

    def __init__(self, topics: Topics, *, ownership: Ownership, config: Mapping[str, Any]) -> None:
        self._topics, self._ownership = topics, ownership
        self._hands: dict[Place, Hand] = {}
        self._paused: set[Place] = set()
        self._consumer = Consumer(dict(config))
        self._consumer.subscribe(
            topics.existing, on_assign=self._gain, on_revoke=self._lose, on_lost=self._lose
        )

    def gather(self, *, limit: int, seconds: float) -> list[int]:
        """Wait for entries, take up to `limit`, and return the partitions that have some.

        Nothing may fail between the polling and the taking: what was polled comes only once.
        """
        self._pause()
        messages: list[Any] = [self._consumer.poll(seconds)]
        if messages[0] is not None and limit > 1:
            messages += self._consumer.consume(limit - 1, 0)
        faults = []
        for message in messages:
            if message is None:  # which is not all that is false: some are empty
                continue
            if fault := message.error():
                faults.append(fault)
            elif (place := Place(message.topic(), message.partition())) in self._hands:
                self._hands[place].take([message])
        _tell(faults)
        return [self._topics.number_of(place) for place, hand in self._hands.items() if hand]

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return the first of what is in hand."""
        return self._hands[self._place_of(partition)].first(limit, number=partition)

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Commit up to the first entry that is not done; what was revoked is another's to do."""
        place = self._place_of(partition)
        hand = self._hands[place]
        with unavailable_on_kafka_error():
            commit(self._consumer, place, hand.offset_without(positions))
        hand.drop(positions)

    def own(self, partition: int) -> bool:
        """Take or renew the lock."""
        return bool(self._ownership.take(partition))

    def keep(self) -> None:
        """Renew all locks, also where nothing happens."""
        for place in self._hands:
            self.own(self._topics.number_of(place))

    def leave(self) -> None:
        """Give everything back and tell the group, which goes on at once."""
        self._lose(self._consumer, _partitions(self._hands))
        self._consumer.close()

    def _place_of(self, partition: int) -> Place:
        return next(place for place in self._hands if self._topics.number_of(place) == partition)

    def _pause(self) -> None:
        full = {place for place, hand in self._hands.items() if hand}
        with unavailable_on_kafka_error():
            self._consumer.pause(_partitions(full - self._paused))
            self._consumer.resume(_partitions(self._paused - full))
        self._paused = full

    def _gain(self, _: Any, assigned: Sequence[Any]) -> None:
        for each in assigned:
            place = Place(each.topic, each.partition)
            self._hands[place] = Hand()
            with suppress(StreamUnavailable):  # the lock can be taken later
                self._ownership.seize(self._topics.number_of(place))

    def _lose(self, _: Any, revoked: Sequence[Any]) -> None:
        for each in revoked:
            place = Place(each.topic, each.partition)
            self._hands.pop(place, None)
            self._paused.discard(place)
            with suppress(StreamUnavailable):  # the lock ends by itself
                self._ownership.give_back(self._topics.number_of(place))


def _partitions(places: Iterable[Place]) -> list[TopicPartition]:
    return [TopicPartition(*place) for place in places]


def _tell(faults: Sequence[KafkaError]) -> None:
    for fault in faults:
        metrics.count("stream.faults")
        log.warning("Kafka: %s", fault)
        if fault.fatal():
            raise KafkaException(fault)
