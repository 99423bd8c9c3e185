"""A member of the consumer group: it reads the partitions that Kafka assigns to it."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

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
        self._hands: dict[int, Hand] = {}
        self._places: dict[int, Place] = {}
        self._paused: set[int] = set()
        self._consumer = Consumer(dict(config))
        self._consumer.subscribe(
            topics.existing, on_assign=self._gain, on_revoke=self._lose, on_lost=self._lose
        )

    def gather(self, *, limit: int, seconds: float) -> list[int]:
        """Wait for entries, take up to `limit`, and return the partitions that have some."""
        self._pause()
        messages = [self._consumer.poll(seconds)]
        if messages[0] is not None and limit > 1:
            messages += self._consumer.consume(limit - 1, 0)
        by_number: dict[int, list[Any]] = {}
        for message in messages:
            if message is not None and not self._is_fault(message):
                place = Place(message.topic(), message.partition())
                by_number.setdefault(self._topics.number_of(place), []).append(message)
        for number, found in by_number.items():
            if number in self._hands:
                self._hands[number].take(found)
        return [number for number, hand in self._hands.items() if hand]

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return the first of what is in hand."""
        return self._hands[partition].first(limit)

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Commit up to the first entry that is not done; what was revoked is another's to do."""
        hand = self._hands[partition]
        with unavailable_on_kafka_error():
            commit(self._consumer, self._places[partition], hand.offset_without(positions))
        hand.drop(positions)

    def own(self, partition: int) -> bool:
        """Take or renew the lock."""
        return bool(self._ownership.take(partition))

    def keep(self) -> None:
        """Renew all locks, also where nothing happens."""
        for partition in self._hands:
            self.own(partition)

    def leave(self) -> None:
        """Give everything back and tell the group, which goes on at once."""
        self._lose(self._consumer, [TopicPartition(*place) for place in self._places.values()])
        self._consumer.close()

    def _pause(self) -> None:
        full = {number for number, hand in self._hands.items() if hand}
        with unavailable_on_kafka_error():
            self._consumer.pause(self._partitions(full - self._paused))
            self._consumer.resume(self._partitions(self._paused - full))
        self._paused = full

    def _partitions(self, numbers: set[int]) -> list[Any]:
        return [TopicPartition(*self._places[number]) for number in numbers]

    def _is_fault(self, message: Any) -> bool:
        fault = message.error()
        if fault and fault.fatal():
            raise KafkaException(fault)
        if fault:  # the client goes on by itself
            metrics.count("stream.faults")
            log.warning("Kafka: %s", fault)
        return bool(fault)

    def _gain(self, _: Any, assigned: Sequence[Any]) -> None:
        for each in assigned:
            place = Place(each.topic, each.partition)
            number = self._topics.number_of(place)
            self._places[number], self._hands[number] = place, Hand(number)
            with suppress(StreamUnavailable):
                self._ownership.seize(number)

    def _lose(self, _: Any, revoked: Sequence[Any]) -> None:
        for each in revoked:
            number = self._topics.number_of(Place(each.topic, each.partition))
            self._hands.pop(number, None)
            self._places.pop(number, None)
            self._paused.discard(number)
            with suppress(StreamUnavailable):
                self._ownership.give_back(number)
