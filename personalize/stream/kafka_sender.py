"""The producer on Kafka: hands messages over, and returns when every one is stored."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from personalize.stream.protocol import StreamUnavailable, TooLarge

POLL_SECONDS = 0.005  # another thread may be told of what this one sent
REST_SECONDS = 2.0


class Message(NamedTuple):
    """What is to be stored, and where; `headers` say what the bytes cannot."""

    topic: str
    partition: int
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Sender:
    """One process' producer, used by all of its threads.

    Idempotent, and acknowledged by all replicas in sync: what it says is stored is stored once. A
    message that takes longer than `seconds` counts as not stored; it may turn up nevertheless, and
    is known by its message id when its sender repeats it.
    """

    def __init__(self, config: Mapping[str, Any], *, seconds: float) -> None:
        self._seconds = seconds
        self._config = {
            "linger.ms": 1,
            **config,
            "enable.idempotence": True,
            "acks": "all",
            "delivery.timeout.ms": int(seconds * 1_000),
        }
        self._producer = Producer(self._config)
        self._rests_until = 0.0

    def send(self, messages: Sequence[Message]) -> None:
        """Return when all are stored; else raise StreamUnavailable, and nothing is promised.

        After a failure it refuses for a moment: no more threads shall wait for what does not come.
        Not after TooLarge, which says nothing of Kafka.
        """
        if time.monotonic() < self._rests_until:
            raise StreamUnavailable("Kafka did not answer a moment ago")
        faults: list[Any] = []  # one item a message: appending is atomic, counting is not
        try:
            self._hand_over(messages, faults)
            self._wait(len(messages), faults)
        except (KafkaException, BufferError) as error:
            _refuse_too_large(error.args[:1])
            self._give_up(str(error))
        if len(faults) < len(messages):
            self._give_up("not acknowledged in time")
        _refuse_too_large(faults)
        if fault := next(filter(None, faults), None):
            self._give_up(str(fault), is_fatal=fault.fatal())

    def _hand_over(self, messages: Sequence[Message], faults: list[Any]) -> None:
        for message in messages:
            self._producer.produce(
                message.topic,
                message.value,
                partition=message.partition,
                headers=list(message.headers) or None,
                on_delivery=lambda fault, _: faults.append(fault),
            )

    def _wait(self, count: int, faults: list[Any]) -> None:
        deadline = time.monotonic() + self._seconds + 0.5  # the client itself gives up before
        while len(faults) < count and time.monotonic() < deadline:
            self._producer.poll(POLL_SECONDS)

    def _give_up(self, why: str, *, is_fatal: bool = False) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        if is_fatal:  # of no more use; what it still held was promised to nobody
            self._producer = Producer(self._config)
        raise StreamUnavailable(f"Kafka has not stored the events: {why}")


def _refuse_too_large(faults: Sequence[Any]) -> None:
    """Raise TooLarge when that is all that is wrong."""
    found = [fault for fault in faults if fault is not None]
    if found and all(_is_too_large(fault) for fault in found):
        raise TooLarge(f"Kafka does not take a message as large: {found[0]}")


def _is_too_large(fault: Any) -> bool:
    return isinstance(fault, KafkaError) and fault.code() == KafkaError.MSG_SIZE_TOO_LARGE
