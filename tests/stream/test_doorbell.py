"""The way in: stored first, rung afterwards, and never failed by the bell."""

import socket

from celery import Celery, current_app

from personalize import metrics
from personalize.connections import worker_redis
from personalize.stream import doorbell
from personalize.stream.doorbell import accept, ring
from personalize.stream.protocol import current_stream, partition_of
from personalize.testing import event_of
from tests.servers import free_port


def test_accepted_events_are_in_the_stream():
    accept([event_of("a:visitor", number) for number in range(3)])
    partition = partition_of("a:visitor", current_stream().partitions)
    assert len(current_stream().read(partition, limit=10)) == 3


def test_accepting_nothing_touches_nothing():
    accept([])
    assert worker_redis().keys("px:*") == []


def test_a_broker_that_is_down_fails_no_request_and_is_not_asked_again_at_once(monkeypatch):
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    nobody = Celery(broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    assert rung_in_vain(nobody)
    before = metrics.snapshot()["collect.ring_failed"]
    ring([0])
    assert metrics.snapshot()["collect.ring_failed"] == before


def test_a_broker_that_takes_connections_and_says_nothing_is_given_up(monkeypatch, settings):
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    assert options["socket_connect_timeout"] <= 2
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        app = Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        app.conf.broker_transport_options = {**options, "socket_timeout": 0.2}
        assert rung_in_vain(app)


def test_a_transport_that_is_not_installed_fails_no_request(monkeypatch):
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    assert rung_in_vain(Celery(broker="sqs://", set_as_current=False))


def rung_in_vain(app):
    site = current_app._get_current_object()
    before = metrics.snapshot().get("collect.ring_failed", 0)
    app.set_current()
    try:
        ring([0])
    finally:
        site.set_current()
    return metrics.snapshot()["collect.ring_failed"] == before + 1
