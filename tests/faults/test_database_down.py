"""The database away, or refusing: events wait, or the one at fault is set aside; none is lost."""

from typing import Any

import pytest
from django.db import DataError, OperationalError

from personalize.drain import drain
from personalize.models import (
    QuarantinedEvent,
    Segment,
)
from personalize.profile import links
from personalize.stream.protocol import current_stream, partition_of
from tests.streamed import KEEN, drain_all, link, send, view, views_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keen() -> Segment:
    return Segment.objects.create(name="Keen", slug="keen", rule=KEEN)


def test_nothing_is_acknowledged_while_the_database_does_not_answer_F7(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("the server went away")

    send(view(1), link())
    partition = partition_of("a:visitor", current_stream().partitions)
    monkeypatch.setattr(links, "log_links", refuse)
    drain(partition)
    assert current_stream().lag(partition).entries == 2
    monkeypatch.undo()
    drain_all()
    assert current_stream().lag(partition).entries == 0
    drain_all()
    assert views_of("u:7") == 1


def test_an_outage_of_the_database_loses_nothing_however_often_somebody_rings_F7(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("the server went away")

    send(view(1), link())
    partition = partition_of("a:visitor", current_stream().partitions)
    with monkeypatch.context() as patch:
        patch.setattr(links, "log_links", refuse)
        for _ in range(12):
            drain(partition)
    drain_all()
    drain_all()
    assert not QuarantinedEvent.objects.exists()
    assert views_of("u:7") == 1


def test_a_link_that_no_row_can_hold_goes_to_quarantine_and_its_neighbours_go_on_F7(
    keen: Segment,
) -> None:
    send(link("7" * 5_000), view(1), view(2))
    drain_all()
    assert QuarantinedEvent.objects.get().reason == "invalid"
    assert views_of("a:visitor") == 2


def test_an_error_that_will_not_mend_itself_sets_its_one_event_aside_F7(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(made: Any) -> None:
        if list(made):
            raise DataError("value too long")

    monkeypatch.setattr(links, "log_links", refuse)
    send(view(1), link(), view(2))
    drain_all()
    row = QuarantinedEvent.objects.get()
    assert (row.reason, row.detail) == ("failed", "DataError: value too long")
    assert views_of("a:visitor") == 2
