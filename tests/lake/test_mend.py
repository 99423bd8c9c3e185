"""After Redis lost its memory and went back in time, the lake gets each event once all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from personalize.connections import worker_redis
from personalize.keys import SHARDS, outbox_key, profile_key, shard_of
from personalize.lake import mend as module
from personalize.lake import outbox, write
from personalize.lake.mend import Unmended
from personalize.lake.outbox import BITS, entry_id, number_waiting, put
from personalize.lake.read import events_table
from personalize.lake.table import committed, lake_table
from personalize.lake.write import write_waiting
from tests.lake.conftest import event

VISITOR = "a:visitor"
SHARD = shard_of(VISITOR)
NEIGHBOUR = next(f"a:{each}" for each in range(99) if shard_of(f"a:{each}") == SHARD)
DAY_MS = 86_400_000

pytestmark = pytest.mark.usefixtures("lake")


class Crash(Exception):
    """What a test raises where a process would die."""


def happen(*numbers: int, subject: str = VISITOR) -> None:
    """Let events take effect, each in a write of the profile."""
    for number in numbers:
        last = put(subject, [event(number, subject=subject)])
        worker_redis().hset(profile_key(subject), "l", entry_id(last))
        worker_redis().hincrby(profile_key(subject), "r")


def go_back() -> None:
    """Let Redis lose its memory, and its clock be a day behind what the lake has."""
    outbox.number_above(SHARD, (last_of_outbox() >> BITS) + DAY_MS << BITS)
    happen(0)
    write_waiting()
    worker_redis().flushdb()


def last_of_outbox() -> int:
    return outbox.last_sequences()[SHARD] or int(worker_redis().time()[0]) * 1_000 << BITS


def in_lake(subject: str = VISITOR) -> list[str]:
    """Return the message ids in order of effect; a repeated one is there twice."""
    events = events_table()
    rows = events.filter(events.subject == subject).order_by("sequence", "number")
    ids: list[str] = rows.message_id.to_pyarrow().to_pylist()
    return ids


def last_claimed(subject: str = VISITOR) -> int:
    """Return the sequence up to which the profile says that it includes everything."""
    last = worker_redis().hget(profile_key(subject), "l")
    assert isinstance(last, bytes)
    return outbox.sequence_of(last)


def last_in_lake(subject: str = VISITOR) -> int:
    events = events_table()
    return int(events.filter(events.subject == subject).sequence.max().to_pyarrow().as_py())


def test_what_comes_after_redis_went_back_reaches_the_lake_in_order() -> None:
    go_back()
    happen(1, 2)
    happen(3, subject=NEIGHBOUR)
    assert write_waiting() == 3
    happen(4)
    assert [write_waiting(), write_waiting()] == [1, 0]
    assert in_lake() == ["m0", "m1", "m2", "m4"]
    assert in_lake(NEIGHBOUR) == ["m3"]
    assert number_waiting() == 0


def test_a_profile_claims_its_last_entry_under_the_new_id() -> None:
    go_back()
    happen(1, 2)
    happen(3, subject=NEIGHBOUR)
    write_waiting()
    for subject in (VISITOR, NEIGHBOUR):
        assert last_claimed(subject) == last_in_lake(subject)


def test_who_has_read_the_profile_before_is_refused() -> None:
    go_back()
    happen(1)
    before = worker_redis().hget(profile_key(VISITOR), "r")
    write_waiting()
    assert worker_redis().hget(profile_key(VISITOR), "r") != before


def test_an_erased_profile_stays_erased() -> None:
    go_back()
    put(VISITOR, [event(1)])
    write_waiting()
    assert in_lake() == ["m0", "m1"]
    assert not worker_redis().exists(profile_key(VISITOR))


def test_a_clock_that_has_caught_up_meanwhile_leaves_nothing_behind() -> None:
    go_back()
    happen(1)
    held = committed(lake_table(), SHARD)
    outbox.number_above(SHARD, held)
    happen(2, 3)
    happen(4, subject=NEIGHBOUR)
    before = last_claimed(NEIGHBOUR)
    write_waiting()
    assert in_lake() == ["m0", "m1", "m2", "m3"]
    assert last_claimed() == last_in_lake()
    assert last_claimed(NEIGHBOUR) == before == last_in_lake(NEIGHBOUR)


def test_of_an_older_memory_only_what_the_lake_does_not_have_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "trim", lambda committed: None)
        happen(0, 1)
        write_waiting()  # and Redis comes up with what was in it at this moment
    happen(2)
    kept = worker_redis().dump(outbox_key(SHARD))
    profile = worker_redis().dump(profile_key(VISITOR))
    go_back()
    for key, dumped in ((outbox_key(SHARD), kept), (profile_key(VISITOR), profile)):
        worker_redis().restore(key, 0, dumped)
    happen(3)
    write_waiting()
    assert sorted(in_lake()) == ["m0", "m0", "m1", "m2", "m3"]  # the first one happened twice
    assert in_lake()[-1] == "m3"


@pytest.mark.parametrize("dying", ["number_above", "_lost", "_move", "_moved", "_chunk", "trim"])
def test_dying_between_any_two_steps_loses_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, dying: str
) -> None:
    go_back()
    happen(1, 2)
    happen(3, subject=NEIGHBOUR)
    expected = ["m0", "m1", "m2"]
    place = next(each for each in (module, write, outbox) if hasattr(each, dying))
    for survived in range(3):
        with monkeypatch.context() as crash:
            crash.setattr(place, dying, _dying_after(survived, getattr(place, dying)))
            try:
                write_waiting()
            except Crash:
                happen(4 + survived)
                expected.append(f"m{4 + survived}")
    assert len(expected) > 3
    write_waiting()
    assert in_lake() == expected
    assert in_lake(NEIGHBOUR) == ["m3"]
    assert last_claimed() == last_in_lake()
    assert number_waiting() == 0


def test_a_writer_killed_at_any_moment_after_it_loses_and_repeats_nothing_F1(lake: Path) -> None:
    for shard in range(SHARDS):
        outbox.number_above(shard, 2**61)
    subjects = [f"a:{number}" for number in range(60)]
    for subject in subjects:
        put(subject, [event(subject=subject, message_id="before")])
    write_waiting()
    worker_redis().flushdb()
    for number in range(1_000):
        happen(number, subject=subjects[number % 60])
    done = subprocess.run(
        [sys.executable, "-m", "tests.lake.killed_writer", "20", "7"],
        env=os.environ | {"LAKE_URL": str(lake)},
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) >= 8
    for number, subject in enumerate(subjects):
        expected = [f"m{each}" for each in range(number, 1_000, 60)]
        assert in_lake(subject) == ["before", *expected]
        assert last_claimed(subject) == last_in_lake(subject)
    assert number_waiting() == 0


def _dying_after(survived: int, step: object) -> object:
    """Return a step before which, or after whose nth turn, the process dies."""
    turns = 0

    def dying(*arguments: object, **named: object) -> object:
        nonlocal turns
        turns += 1
        if turns > survived:
            raise Crash
        return step(*arguments, **named)  # type: ignore[operator]

    return dying


def test_a_profile_written_meanwhile_is_read_on_and_moved_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_back()
    happen(1)
    late, read = [2, 3], module._last_entries

    def reading(subjects: list[str]) -> dict[str, bytes]:
        found = read(subjects)
        if late:
            happen(late.pop(0))
        return found

    monkeypatch.setattr(module, "_last_entries", reading)
    write_waiting()
    assert in_lake() == ["m0", "m1", "m2", "m3"]
    assert last_claimed() == last_in_lake()


def test_nothing_is_trimmed_while_something_could_not_be_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_back()
    happen(1)
    with monkeypatch.context() as busy:
        busy.setattr(module, "_moved", lambda *asked: False)
        with pytest.raises(Unmended):
            write_waiting()
    assert number_waiting() == 1
    write_waiting()
    assert in_lake() == ["m0", "m1"]


def test_what_cannot_be_read_is_set_aside_there_too() -> None:
    go_back()
    worker_redis().xadd(outbox_key(SHARD), {"e": b"\xc1"})
    write_waiting()
    assert number_waiting() == 0
    assert worker_redis().xlen(f"{outbox_key(SHARD)}:unreadable") == 1


def test_the_ids_of_a_clock_that_stands_go_on_before_a_millisecond_is_full(
    monkeypatch: pytest.MonkeyPatch, lake: Path
) -> None:
    monkeypatch.setattr(outbox, "LITTLE_ROOM", 3)
    go_back()
    happen(1)
    write_waiting()
    first = last_claimed() >> BITS
    happen(2, 3, 4)
    write_waiting()
    happen(5)
    assert last_claimed() >> BITS == first + 1
    write_waiting()
    assert in_lake() == [f"m{number}" for number in range(6)]
