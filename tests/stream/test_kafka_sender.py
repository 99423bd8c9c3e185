"""The producer: what it says is stored, is; and it gives up in time."""

import pytest

from personalize.stream.kafka_sender import Message, Sender
from personalize.stream.protocol import StreamUnavailable, TooLarge
from tests.kafka_server import options_for_test

pytestmark = pytest.mark.kafka


def test_a_message_for_a_partition_that_is_not_there_is_refused_and_the_sender_rests() -> None:
    options = options_for_test()
    sender = Sender({"bootstrap.servers": options["bootstrap_servers"]}, seconds=3)
    with pytest.raises(StreamUnavailable, match="has not stored"):
        sender.send([Message(options["topic"], 0, b"")])
    with pytest.raises(StreamUnavailable, match="a moment ago"):
        sender.send([Message(options["topic"], 0, b"")])


def test_without_a_broker_it_gives_up() -> None:
    sender = Sender({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, seconds=0.5)
    with pytest.raises(StreamUnavailable):
        sender.send([Message("personalize", 0, b"")])


def test_a_message_too_large_is_refused_as_such_and_the_sender_does_not_rest() -> None:
    sender = Sender({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, seconds=0.5)
    for _ in range(2):
        with pytest.raises(TooLarge, match="as large"):
            sender.send([Message("personalize", 0, b"x" * 1_100_000)])
