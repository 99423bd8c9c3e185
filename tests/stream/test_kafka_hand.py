"""What a reader has in hand: which offset may be committed, and what is counted."""

from typing import Any

from confluent_kafka import OFFSET_INVALID

from personalize.connections import worker_redis
from personalize.events.event import encode
from personalize.keys import partition_tally_key
from personalize.stream.kafka_hand import Hand, offset_of, position_of
from personalize.testing import event_of


class Message:
    """A message as the client hands it out."""

    def __init__(self, offset: int, value: bytes | None) -> None:
        self._offset, self._value = offset, value

    def offset(self) -> int:
        return self._offset

    def partition(self) -> int:
        return 3

    def value(self) -> bytes | None:
        return self._value


def hand_with(*offsets: int) -> Hand:
    hand = Hand()
    hand.take(Message(each, encode(event_of("a:visitor", each))) for each in offsets)
    return hand


def positions(*offsets: int) -> list[str]:
    return [position_of(each, 3) for each in offsets]


def test_positions_sort_as_text_like_their_offsets() -> None:
    offsets = [0, 9, 10, 99, 2**40]
    assert sorted(positions(*reversed(offsets))) == positions(*offsets)
    assert [offset_of(each) for each in positions(*offsets)] == offsets


def test_the_offset_stays_below_the_first_entry_that_is_not_done() -> None:
    hand = hand_with(5, 6, 7)
    assert hand.offset_without(positions(6, 7)) == 5
    hand.drop(positions(6))
    assert hand.offset_without(positions(5)) == 7
    assert hand.offset_without(positions(5, 7)) == 8


def test_an_empty_hand_has_no_offset() -> None:
    assert Hand().offset_without([]) == OFFSET_INVALID
    assert Hand().first(10, number=0) == []


def test_a_message_without_a_value_is_an_entry_without_an_event() -> None:
    hand = Hand()
    hand.take([Message(4, None)])
    (entry,) = hand.first(10, number=0)
    assert (entry.event, entry.raw, entry.deliveries) == (None, b"", 1)


def test_entries_are_counted_as_accepted_once_by_their_position() -> None:
    for offsets in ([1, 2], [1, 2, 3], [3, 4]):
        hand_with(*offsets).first(10, number=7)
    counts: Any = worker_redis().hvals(partition_tally_key(7))
    assert [int(each) for each in counts] == [4]
