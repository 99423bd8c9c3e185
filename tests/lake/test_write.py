"""What waits reaches the lake once, whoever dies when and however many write."""

import os
import subprocess
import sys

import pytest
from deltalake.exceptions import CommitFailedError

from personalize.connections import worker_redis
from personalize.keys import SHARDS, outbox_key, shard_of
from personalize.lake import outbox, write
from personalize.lake.outbox import number_waiting, put
from personalize.lake.read import events_table
from personalize.lake.table import committed, lake_table
from personalize.lake.write import append_waiting, write_waiting
from tests.lake.conftest import event

VISITOR = "a:visitor"
SHARD = shard_of(VISITOR)


def in_lake() -> list[str]:
    """Return the message ids in the lake, in order of effect; a repeated one is there twice."""
    events = events_table().order_by("shard", "sequence", "number")
    return events.message_id.to_pyarrow().to_pylist()


def nothing() -> None:
    """Do what a writer without a lock does after a commit."""


def test_what_waits_is_in_the_lake_afterwards(lake):
    put(VISITOR, [event(1), event(2)])
    put("a:stranger", [event(3, subject="a:stranger")])
    assert write_waiting() == 3
    assert sorted(in_lake()) == ["m1", "m2", "m3"]
    assert number_waiting() == 0


def test_the_table_knows_the_last_sequence_of_each_shard(lake):
    put(VISITOR, [event(1)])
    last = put(VISITOR, [event(2)])
    write_waiting()
    assert committed(lake_table(), SHARD) == last


def test_writing_again_adds_nothing(lake):
    put(VISITOR, [event(1)])
    assert [write_waiting(), write_waiting()] == [1, 0]
    assert lake_table().version() == 1


def test_all_that_waits_in_all_shards_is_one_commit(lake):
    for number in range(200):
        put(f"a:{number}", [event(number, subject=f"a:{number}")])
    assert write_waiting() == 200
    assert lake_table().version() == 1
    assert all(committed(lake_table(), shard) for shard in range(SHARDS))


def test_more_than_a_commit_holds_is_several(lake, monkeypatch):
    monkeypatch.setattr(write, "COMMIT_ROWS", 10)
    for number in range(25):
        put(VISITOR, [event(number)])
    assert write_waiting() == 25
    assert lake_table().version() == 3
    assert in_lake() == [f"m{number}" for number in range(25)]


def test_where_events_keep_coming_the_writer_ends_its_turn(lake):
    def one_more() -> None:
        put(VISITOR, [event(2)])

    put(VISITOR, [event(1)])
    assert append_waiting(lake_table(), after_commit=one_more) == 1
    assert number_waiting() == 1


def test_a_commit_is_bounded_in_bytes_as_well(lake, monkeypatch):
    monkeypatch.setattr(write, "COMMIT_BYTES", 5_000)
    for number in range(4):
        put(VISITOR, [event(number, properties={"text": "x" * 6_000})])
    write_waiting()
    assert lake_table().version() == 4


def test_what_was_committed_and_not_trimmed_is_not_written_again(lake, monkeypatch):
    put(VISITOR, [event(1)])
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "trim", lambda committed: None)
        write_waiting()
    assert number_waiting() == 1
    put(VISITOR, [event(2)])
    assert write_waiting() == 1
    assert in_lake() == ["m1", "m2"]
    assert number_waiting() == 0


def test_the_second_of_two_writers_at_once_is_refused_by_the_table(lake):
    put(VISITOR, [event(1)])
    late = lake_table()
    append_waiting(lake_table(), after_commit=nothing)
    put(VISITOR, [event(2)])
    rows, last = write._chunk(dict.fromkeys(range(SHARDS), 0))
    with pytest.raises(CommitFailedError, match="Concurrent transaction"):
        write._commit(late, rows, last)
    assert write_waiting() == 1
    assert in_lake() == ["m1", "m2"]


def test_nobody_writes_while_somebody_else_does(lake):
    put(VISITOR, [event(1)])
    with worker_redis().lock(write.LOCK_KEY, timeout=10):
        assert write_waiting() == 0
    assert write_waiting() == 1


def test_an_unreadable_entry_is_passed_even_alone(lake):
    worker_redis().xadd(outbox_key(SHARD), {"e": b"\xc1"})
    assert write_waiting() == 0
    assert number_waiting() == 0
    assert committed(lake_table(), SHARD) > 0


def test_what_is_committed_is_known_after_the_log_was_cleaned(lake):
    last = put(VISITOR, [event(1)])
    write_waiting()
    table = lake_table()
    table.create_checkpoint()
    table.cleanup_metadata()
    assert committed(lake_table(), SHARD) == last


def test_without_a_lake_nothing_is_written(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    put(VISITOR, [event(1)])
    assert write_waiting() == 0
    assert number_waiting() == 1


def test_a_writer_killed_at_any_moment_loses_and_repeats_nothing_F1(lake):
    for number in range(2_000):
        subject = f"a:{number % 60}"
        put(subject, [event(number, subject=subject)])
    program = [sys.executable, "-m", "tests.lake.killed_writer", "25", "7"]
    done = subprocess.run(
        program, env=os.environ | {"LAKE_URL": str(lake)}, capture_output=True, check=True
    )
    assert int(done.stdout) >= 10
    assert sorted(in_lake()) == sorted(f"m{number}" for number in range(2_000))
    assert number_waiting() == 0


def test_two_writers_at_once_write_each_row_once(lake):
    for number in range(2_000):
        subject = f"a:{number % 60}"
        put(subject, [event(number, subject=subject)])
    lake_table()
    program = [sys.executable, "-m", "tests.lake.killed_writer", "0", "0"]
    writers = [
        subprocess.Popen(program, env=os.environ | {"LAKE_URL": str(lake)}) for _ in range(3)
    ]
    for writer in writers:
        writer.wait()
    write_waiting()
    assert sorted(in_lake()) == sorted(f"m{number}" for number in range(2_000))
