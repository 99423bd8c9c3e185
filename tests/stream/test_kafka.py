"""The stream on a real Kafka: the conformance suite, and what only Kafka can do wrong."""

from typing import Any

import pytest

from personalize.stream.kafka import KafkaStream
from personalize.stream.kafka_sender import Message
from personalize.stream.protocol import Stream
from personalize.testing import StreamConformance
from tests.kafka_server import options_for_test

pytestmark = pytest.mark.kafka


class TestKafkaStream(StreamConformance):
    @pytest.fixture(autouse=True)
    def own_topic(self) -> None:
        self.options: dict[str, Any] = options_for_test()

    def make_stream(self, *, partitions: int) -> Stream:
        return KafkaStream(partitions=partitions, **self.options)

    def append_raw(self, stream: Stream, partition: int, raw: bytes) -> None:
        assert isinstance(stream, KafkaStream)
        message = Message(self.options["topic"], partition, raw)
        stream._own_clients().sender().send([message])
