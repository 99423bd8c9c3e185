"""What profiles tell each other: it waits beside them until the stream has it."""

import pytest

from personalize.connections import worker_redis
from personalize.events.event import encode
from personalize.keys import emitted_key
from personalize.profile.emitted import AT_ONCE, send
from personalize.stream.protocol import StreamUnavailable, current_stream
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
