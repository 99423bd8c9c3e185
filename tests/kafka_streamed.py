"""What tests of the flow on Kafka share: the settings, and working until nothing waits."""

import time
from threading import Event
from typing import Any

from personalize.consume import consume
from personalize.stream.kafka import KafkaStream
from personalize.stream.protocol import current_stream


def on_kafka(options: dict[str, Any], *, partitions: int = 4) -> dict[str, Any]:
    """Return the entries of `PERSONALIZE` that put the stream on Kafka."""
    stream = "personalize.stream.kafka.KafkaStream"
    return {"STREAM": stream, "STREAM_OPTIONS": options, "PARTITIONS": partitions}


def kafka_stream() -> KafkaStream:
    stream = current_stream()
    assert isinstance(stream, KafkaStream)
    return stream


def waiting() -> int:
    stream = current_stream()
    return sum(stream.lag(each).entries for each in range(stream.partitions))


class UntilDrained(Event):
    """Tells a member to stop when nothing waits, which must be soon."""

    def __init__(self, *, seconds: float = 30) -> None:
        super().__init__()
        self._ends_at = time.monotonic() + seconds

    def is_set(self) -> bool:
        assert time.monotonic() < self._ends_at, f"{waiting()} entries still wait"
        return super().is_set() or waiting() == 0

    def wait(self, timeout: float | None = None) -> bool:
        super().wait(timeout)
        return self.is_set()


def consume_all() -> None:
    """Be the only member of the group until nothing waits."""
    consume(kafka_stream(), stopping=UntilDrained())
