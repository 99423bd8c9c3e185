"""The way in: stored first, rung afterwards, and never failed by the bell."""

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
    site = current_app._get_current_object()
    nobody = Celery(broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    before = metrics.snapshot().get("collect.ring_failed", 0)
    nobody.set_current()
    try:
        ring([0, 1])
    finally:
        site.set_current()
    assert metrics.snapshot()["collect.ring_failed"] == before + 1
