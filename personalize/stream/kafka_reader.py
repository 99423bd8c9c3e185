"""Reading one partition on Kafka outside of the group: for its owner, and for its lag."""

import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, KafkaException, TopicPartition

from personalize.stream.kafka_hand import Hand
from personalize.stream.kafka_topics import Place, unavailable_on_kafka_error
from personalize.stream.protocol import Entry, Lag, StreamUnavailable

ASK_SECONDS = 10.0
# The group's coordinator is on its way to another broker, or just started: ask again.
MOVING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}


class Reader:
    """The one partition that an owner reads; what is acknowledged is committed for the group."""

    def __init__(self, place: Place, *, number: int, config: Mapping[str, Any]) -> None:
        self._place, self._number = place, number
        self._consumer = Consumer({**config, "enable.partition.eof": True})
        self._hand = Hand()
        self._is_reading = False

    def read(self, limit: int) -> list[Entry]:
        """Return what was handed out and is not done; when there is none, what is new."""
        if not self._hand:
            try:
                with unavailable_on_kafka_error():
                    self._fetch(limit)
            except BaseException:
                self.rest()  # what was fetched before it failed must not be passed over
                raise
        return self._hand.first(limit, number=self._number)

    def acknowledge(self, positions: Sequence[str]) -> None:
        """Commit up to the first entry that is not done."""
        offset = self._hand.offset_without(positions)
        if offset == OFFSET_INVALID:  # ownership was lost and gained since: all is read again
            return
        with unavailable_on_kafka_error():
            commit(self._consumer, self._place, offset)
        self._hand.drop(positions)

    def has_more(self) -> bool:
        """Whether something came in since the last read."""
        with unavailable_on_kafka_error():
            begins_at = self._hand.next_offset
            if not self._is_reading:
                begins_at = begin_of(self._consumer, self._place)
            return end_of(self._consumer, self._place) > begins_at

    def rest(self) -> None:
        """Fetch no more, and forget all: others may go on here."""
        self._hand = Hand()
        if self._is_reading:
            self._consumer.unassign()
            self._is_reading = False

    def _fetch(self, limit: int) -> None:
        if not self._is_reading:
            self._hand.next_offset = begin_of(self._consumer, self._place)
            self._consumer.assign([TopicPartition(*self._place, self._hand.next_offset)])
            self._is_reading = True
        end = end_of(self._consumer, self._place)
        found: list[Any] = []
        while self._hand.next_offset < end and len(found) < limit:
            message: Any = self._consumer.poll(ASK_SECONDS)
            fault = None if message is None else message.error()
            if fault and fault.code() == KafkaError._PARTITION_EOF:
                break
            if message is None or fault:
                raise StreamUnavailable(f"Kafka did not hand out {self._place}: {fault}")
            found.append(message)
            if message.offset() + 1 >= end:
                break
        self._hand.take(found)


class Meter:
    """Tells how much waits; one a process, for all partitions and threads."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._consumer = Consumer(dict(config))
        self._lock = Lock()
        self._stored_at: dict[Place, tuple[int, float]] = {}

    def lag(self, place: Place) -> Lag:
        """Count what is not committed; the age of the oldest is by the time its sender gave."""
        with self._lock, unavailable_on_kafka_error():
            begins_at = begin_of(self._consumer, place)
            entries = end_of(self._consumer, place) - begins_at
            if entries <= 0:
                return Lag(0, 0.0)
            return Lag(entries, max(0.0, time.time() - self._seconds_of(place, begins_at)))

    def _seconds_of(self, place: Place, offset: int) -> float:
        """Return when an entry was stored; while a partition stands still it is asked once."""
        known, stored_at = self._stored_at.get(place, (-1, 0.0))
        if known == offset:
            return stored_at
        self._consumer.assign([TopicPartition(*place, offset)])
        message: Any = self._consumer.poll(ASK_SECONDS)
        self._consumer.unassign()
        if message is None or message.error():
            raise StreamUnavailable(f"Kafka did not hand out {place}")
        stored_at = float(message.timestamp()[1]) / 1_000
        self._stored_at[place] = (offset, stored_at)
        return stored_at


def commit(consumer: Any, place: Place, offset: int) -> None:
    """Store for the group that all below the offset is done; raises KafkaException."""
    for done in consumer.commit(offsets=[TopicPartition(*place, offset)], asynchronous=False):
        if done.error:
            raise StreamUnavailable(f"Kafka did not commit {place}: {done.error}")


def begin_of(consumer: Consumer, place: Place) -> int:
    """Return the first offset that the group has not committed, and that is still there."""
    committed = _committed(consumer, place)
    lowest, _ = consumer.get_watermark_offsets(TopicPartition(*place), timeout=ASK_SECONDS)
    return max(committed, lowest)


def _committed(consumer: Consumer, place: Place) -> int:
    """Return what the group has committed; negative when it has nothing."""
    deadline = time.monotonic() + ASK_SECONDS
    while True:
        try:
            (committed,) = consumer.committed([TopicPartition(*place)], timeout=ASK_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in MOVING or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return committed.offset


def end_of(consumer: Consumer, place: Place) -> int:
    """Return the offset that the next entry will have."""
    _, highest = consumer.get_watermark_offsets(TopicPartition(*place), timeout=ASK_SECONDS)
    return highest
