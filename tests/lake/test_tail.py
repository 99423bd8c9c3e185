"""What took effect after a place in the lake is found, wherever it lies by now."""

from pathlib import Path

from personalize.keys import shard_of
from personalize.lake.outbox import put
from personalize.lake.row import event_of
from personalize.lake.tail import NOTHING, Tail, reach
from personalize.lake.write import write_waiting
from tests.lake.conftest import event

VISITOR, SHARD = "a:visitor", shard_of("a:visitor")


def ids(tail: Tail, *, after: int = 0) -> list[str]:
    return [event_of(row.body).message_id for row in tail.of(VISITOR, after=after)]


def test_what_waits_is_read(lake: Path) -> None:
    tail = Tail(NOTHING)
    last = put(VISITOR, [event(1), event(2)])
    tail.read_on()
    assert ids(tail) == ["m1", "m2"]
    assert tail.at[SHARD] == last


def test_what_was_written_and_trimmed_meanwhile_is_read_from_the_lake(lake: Path) -> None:
    tail = Tail(NOTHING)
    put(VISITOR, [event(1)])
    tail.read_on()
    put(VISITOR, [event(2)])
    write_waiting()
    put(VISITOR, [event(3)])
    tail.read_on()
    tail.read_on()
    assert ids(tail) == ["m1", "m2", "m3"]


def test_only_what_is_after_the_place_is_read(lake: Path) -> None:
    put(VISITOR, [event(1)])
    write_waiting()
    tail = Tail(reach())
    second = put(VISITOR, [event(2)])
    put(VISITOR, [event(3)])
    tail.read_on()
    assert ids(tail) == ["m2", "m3"]
    assert ids(tail, after=second) == ["m3"]
    assert tail.of("a:stranger", after=0) == []
