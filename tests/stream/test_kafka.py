"""The stream on a real Kafka: the conformance suite, and what only Kafka can do wrong."""

import os
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from personalize.stream.kafka import KafkaStream
from personalize.stream.kafka_sender import Message
from personalize.stream.protocol import Stream, partition_of
from personalize.testing import StreamConformance, event_of
from tests.kafka_server import options_for_test
from tests.kafka_streamed import kafka_stream, on_kafka
from tests.servers import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.django_db]


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


def test_without_a_broker_senders_are_asked_to_come_back_and_nobody_waits_long(
    settings: Settings, client: Client
) -> None:
    options = options_for_test() | {"bootstrap_servers": f"127.0.0.1:{free_port()}"}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **on_kafka(options)}
    client.cookies["px_consent"] = "1.analytics.personalization.marketing"
    for _ in range(2):
        response = client.post(
            "/personalize/v1/track", {"event": "Viewed"}, content_type="application/json"
        )
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0


def test_events_are_stored_when_redis_cannot_ring(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, **on_kafka(options_for_test())}
    stream = kafka_stream()
    stream.append([event_of("a:visitor")])
    partition = partition_of("a:visitor", 4)
    with_redis = settings.PERSONALIZE
    settings.PERSONALIZE = {**with_redis, "REDIS_URL": "redis://127.0.0.1:1/0"}
    assert stream.append([event_of("a:visitor", 1)]) == []
    settings.PERSONALIZE = with_redis
    assert len(stream.read(partition, limit=10)) == 2


def test_a_process_that_forks_makes_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = KafkaStream(partitions=1, **options_for_test())
    stream.append([event_of("a:visitor")])
    parents = stream._own_clients()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert stream._own_clients() is not parents
