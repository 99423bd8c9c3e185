"""A partition's turn: what ends its workers is found, and nobody keeps a partition for ever."""

import gc
from typing import Any

import pytest

from personalize import drain as drain_module
from personalize.drain import drain
from personalize.models import QuarantinedEvent, Segment
from personalize.pipeline import process
from personalize.stream.protocol import current_stream, partition_of
from tests.streamed import KEEN, drain_all, send, view, views_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keen() -> Segment:
    return Segment.objects.create(name="Keen", slug="keen", rule=KEEN)


def test_an_event_that_ends_its_worker_is_found_and_set_aside(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WorkerEnded(BaseException):
        pass

    def deadly(entries: Any, *, partition: int) -> Any:
        if any(entry.event.message_id == "view-2" for entry in entries):
            raise WorkerEnded
        return process(entries, partition=partition)

    monkeypatch.setattr(drain_module, "process", deadly)
    send(view(1), view(2), view(3))
    partition = partition_of("a:visitor", current_stream().partitions)
    for _ in range(drain_module.DELIVERIES_TOGETHER + drain_module.ATTEMPTS_ALONE):
        with pytest.raises(WorkerEnded):
            drain(partition)
    drain(partition)
    assert QuarantinedEvent.objects.get().reason == "ends_worker"
    assert views_of("a:visitor") == 2


def test_a_partition_that_never_falls_silent_leaves_its_worker_to_others(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(drain_module, "ring", rung.extend)
    monkeypatch.setattr(drain_module, "DRAIN_SECONDS", 0.0)
    send(view(1))
    partition = partition_of("a:visitor", current_stream().partitions)
    assert drain(partition) == 0
    assert rung == [partition]
    monkeypatch.setattr(drain_module, "DRAIN_SECONDS", 5.0)
    assert drain(partition) == 1
    assert rung == [partition]


def test_a_batch_leaves_the_collector_as_it_was() -> None:
    gc.disable()
    try:
        drain_all()
        assert not gc.isenabled()
    finally:
        gc.enable()
