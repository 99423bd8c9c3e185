"""What profiles tell each other: it waits beside them until the stream has it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from personalize.connections import worker_redis
from personalize.events.event import Event, encode
from personalize.keys import emitted_key
from personalize.models import QuarantinedEvent
from personalize.profile.emitted import AT_ONCE, send
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable, TooLarge, current_stream
from personalize.testing import event_of


def waiting() -> int:
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_all_that_lies_ready_is_sent_and_taken_off() -> None:
    number = AT_ONCE + 20
    for each in range(number):
        worker_redis().rpush(emitted_key(3), encode(event_of("u:7", each)))
    assert send() == number
    assert waiting() == number
    assert send() == 0


def test_what_the_stream_does_not_take_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StreamUnavailable

    worker_redis().rpush(emitted_key(3), encode(event_of("u:7")))
    monkeypatch.setattr("personalize.profile.emitted.accept", refuse)
    with pytest.raises(StreamUnavailable):
        send([3])
    assert worker_redis().llen(emitted_key(3)) == 1


@pytest.mark.django_db
def test_what_is_too_large_for_the_stream_goes_to_quarantine_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def take_small(events: Sequence[Event]) -> None:
        if any(len(encode(event)) > 10_000 for event in events):
            raise TooLarge("1 MB at most")
        accept(events)

    large = encode(replace(event_of("u:7", 1), properties={"text": "x" * 20_000}))
    for raw in (encode(event_of("u:7", 0)), large, encode(event_of("u:7", 2))):
        worker_redis().rpush(emitted_key(3), raw)
    monkeypatch.setattr("personalize.profile.emitted.accept", take_small)
    assert send([3]) == 2
    assert waiting() == 2
    assert worker_redis().llen(emitted_key(3)) == 0
    kept = QuarantinedEvent.objects.get()
    assert (kept.reason, kept.source, bytes(kept.raw)) == ("too_large", "", large)
