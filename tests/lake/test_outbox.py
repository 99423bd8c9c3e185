"""What waits for the lake is read in order, and trimmed when the lake has it."""

import pytest

from personalize.connections import worker_redis
from personalize.keys import outbox_key, shard_of
from personalize.lake.outbox import entry_id, number_waiting, put, sequence_of, trim, waiting
from personalize.lake.row import event_of
from tests.lake.conftest import event

VISITOR = "a:visitor"
SHARD = shard_of(VISITOR)


def ids(*, after: int = 0) -> list[str]:
    return [
        event_of(row.body).message_id for _, rows in waiting(SHARD, after=after) for row in rows
    ]


def test_events_wait_in_the_order_in_which_they_took_effect():
    first = put(VISITOR, [event(1), event(2)])
    second = put(VISITOR, [event(3)])
    assert ids() == ["m1", "m2", "m3"]
    assert [sequence for sequence, _ in waiting(SHARD, after=0)] == [first, second]
    assert ids(after=first) == ["m3"]


def test_more_entries_than_one_answer_holds_are_read_in_order():
    for number in range(250):
        put(VISITOR, [event(number)])
    assert ids() == [f"m{number}" for number in range(250)]


def test_only_what_the_lake_has_is_trimmed():
    first = put(VISITOR, [event(1)])
    put(VISITOR, [event(2)])
    trim({SHARD: first})
    assert ids() == ["m2"]
    assert number_waiting() == 1


@pytest.mark.parametrize("name", ["0-1", "1790000000000-0", "1790000000000-1048575"])
def test_a_sequence_stands_for_one_entry(name: str):
    assert entry_id(sequence_of(name)) == name


def test_what_cannot_be_read_is_set_aside_and_holds_nobody_up():
    key = outbox_key(SHARD)
    worker_redis().xadd(key, {"e": b"\xc1"})
    worker_redis().xadd(key, {"e": b"\x91\x80"})  # a list of one object that is no event
    put(VISITOR, [event(1)])
    assert ids() == ["m1"]
    assert not worker_redis().exists(f"{key}:unreadable")  # only the writer sets it aside
    assert len(list(waiting(SHARD, after=0, keeps_unreadable=True))) == 3
    assert {fields[b"e"] for _, fields in worker_redis().xrange(f"{key}:unreadable")} == {
        b"\xc1",
        b"\x80",
    }


def test_only_the_latest_of_what_cannot_be_read_is_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("personalize.lake.outbox.MOST_UNREADABLE", 2)
    key = outbox_key(SHARD)
    for _ in range(4):
        worker_redis().xadd(key, {"e": b"\xc1"})
    assert len(list(waiting(SHARD, after=0, keeps_unreadable=True))) == 4
    assert worker_redis().xlen(f"{key}:unreadable") == 2
