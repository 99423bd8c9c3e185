"""Replaying quarantined events."""

import pytest

from personalize.events.event import Event, encode
from personalize.stream.protocol import StreamUnavailable, current_stream
from personalize.stream.replay import replay
from tests.factories import NOON, QuarantinedEventFactory
from tests.servers import free_port

pytestmark = pytest.mark.django_db
EVENT = Event(
    type="track",
    event="Signed Up",
    message_id="1",
    timestamp=1,
    received_at=1,
    anonymous_id="visitor",
)


def test_what_can_be_read_goes_through_the_stream_again_as_it_was():
    good, bad = QuarantinedEventFactory(raw=encode(EVENT)), QuarantinedEventFactory(raw=b"\xff")

    assert replay([good, bad], at=NOON) == 1

    stream = current_stream()
    for partition in range(stream.partitions):
        stream.own(partition)
    read = [entry for p in range(stream.partitions) for entry in stream.read(p, limit=10)]
    assert [entry.event for entry in read] == [EVENT]
    for row in (good, bad):
        row.refresh_from_db()
    assert (good.replayed_at, bad.replayed_at) == (NOON, None)


def test_a_stream_that_does_not_answer_leaves_the_row_as_it_was(settings):
    row = QuarantinedEventFactory(raw=encode(EVENT))
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }

    with pytest.raises(StreamUnavailable):
        replay([row], at=NOON)

    row.refresh_from_db()
    assert row.replayed_at is None
