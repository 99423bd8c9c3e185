"""The lake is kept in order: few files, no longer than allowed, nothing of the erased."""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from deltalake.exceptions import DeltaError
from django.utils import timezone
from msgspec.structs import replace

from personalize.connections import worker_redis
from personalize.keys import shard_of
from personalize.lake import maintain, outbox
from personalize.lake.leases import reading
from personalize.lake.maintain import (
    compact,
    erase_pending,
    forget_old,
    remove_orphans,
    status,
    vacuum,
)
from personalize.lake.outbox import put
from personalize.lake.read import events_table
from personalize.lake.table import lake_table
from personalize.lake.write import LOCK_KEY, write_waiting
from personalize.models import LakeErasure
from personalize.privacy.erase import erase
from tests.lake.conftest import event

pytestmark = pytest.mark.django_db

DAY = 86_400
VISITOR, STRANGER = "a:0f0e0d0c0b0a09080706050403020100", "a:stranger"
NOW = datetime(2026, 9, 22, 3, 0, tzinfo=UTC)


def written(*numbers: int, subject: str = VISITOR) -> None:
    """Write each of the events into the lake by a commit of its own."""
    for number in numbers:
        put(subject, [event(number, subject=subject)])
        write_waiting()


def in_lake() -> list[str]:
    return sorted(events_table().message_id.to_pyarrow().to_pylist())


def files(lake: Path) -> list[Path]:
    return list(lake.glob("day=*/*.parquet"))


def test_the_small_files_of_a_day_become_one(lake):
    written(1, 2, 3, DAY)
    assert compact() == 1
    assert len(lake_table().file_uris()) == 2
    assert in_lake() == ["m1", "m2", "m3", f"m{DAY}"]


def test_days_of_few_files_are_left_alone_until_the_night(lake):
    written(1, 2)
    assert compact(least=3) == 0


def test_days_past_the_retention_are_forgotten(lake, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_RETENTION_DAYS": 1}
    written(0, DAY, 2 * DAY)  # 2026-09-21 and two days on
    assert forget_old(today=date(2026, 9, 23)) == 1
    assert in_lake() == [f"m{2 * DAY}", f"m{DAY}"]


def test_files_that_left_the_table_are_removed(lake):
    written(1, 2, 3)
    compact()
    assert len(files(lake)) == 4
    assert vacuum(hours=0) == 3
    assert len(files(lake)) == 1
    assert in_lake() == ["m1", "m2", "m3"]


def test_files_stay_while_somebody_reads_them(lake):
    written(1, 2)
    compact()
    with reading():
        assert vacuum(hours=0) is None
    assert vacuum(hours=0) == 2


def test_what_a_killed_writer_left_behind_is_removed_later(lake):
    written(1)
    orphan = files(lake)[0].with_name("part-00000-orphan.parquet")
    orphan.write_bytes(files(lake)[0].read_bytes())
    assert remove_orphans() == 0
    assert remove_orphans(hours=0) == 1
    assert in_lake() == ["m1"]


def test_an_erased_visitor_leaves_the_lake_to_the_last_byte_S22(lake):
    written(1, 2)
    written(3, DAY, subject=STRANGER)
    put(VISITOR, [event(4, subject=VISITOR)])  # still waits in the outbox
    erase([VISITOR])
    assert LakeErasure.objects.get().subject == VISITOR
    assert erase_pending() == 1
    assert in_lake() == ["m3", f"m{DAY}"]
    name = VISITOR[2:].encode()
    everything = [path for path in lake.rglob("*") if path.is_file()]
    assert [path.name for path in everything if name in path.read_bytes()] == []
    assert not LakeErasure.objects.exists()


def test_other_rows_of_the_same_commit_stay_exactly_as_they_were(lake):
    stranger = event(1, subject=STRANGER, properties={"a": {"b": [1, "x"]}}, notes=["clamped"])
    put(VISITOR, [event(2, subject=VISITOR)])
    put(STRANGER, [stranger])
    write_waiting()
    before = events_table().filter(lambda t: t.subject == STRANGER).to_pyarrow()
    erase([VISITOR])
    erase_pending()
    assert events_table().to_pyarrow() == before


def test_what_came_after_the_erasure_stays(lake):
    asked_at = datetime(2026, 9, 21, 15, tzinfo=UTC)
    at = int(asked_at.timestamp() * 1_000)
    before, after = (event(number, subject=VISITOR) for number in (1, 2))
    put(VISITOR, [replace(before, received_at=at)])
    put(VISITOR, [replace(after, received_at=at + 1)])
    write_waiting()
    LakeErasure.objects.create(subject=VISITOR, asked_at=asked_at)
    erase_pending()
    assert in_lake() == ["m2"]


def test_an_erasure_waits_for_entries_numbered_ahead_of_the_clock(lake, monkeypatch):
    outbox.number_above(shard_of(VISITOR), 2**62)
    put(VISITOR, [event(1, subject=VISITOR)])
    erase([VISITOR])
    with monkeypatch.context() as slow:
        slow.setattr(maintain, "write_waiting", lambda: 0)
        assert erase_pending() == 0
    assert erase_pending() == 1
    assert in_lake() == []


def test_an_erasure_waits_while_somebody_reads(lake):
    written(1)
    erase([VISITOR])
    with reading():
        assert erase_pending() == 0
    assert erase_pending() == 1


def test_an_erasure_stays_noted_when_a_reader_comes_before_its_files_are_removed(lake, monkeypatch):
    written(1)
    written(2, subject=STRANGER)
    erase([VISITOR])
    with monkeypatch.context() as late:
        answers = iter([False, True])
        late.setattr(maintain.leases, "somebody_reads", lambda: next(answers))
        assert erase_pending() == 0
    assert LakeErasure.objects.count() == 1
    assert len(files(lake)) == 2
    assert erase_pending() == 1
    assert len(files(lake)) == 1


def test_before_files_are_removed_those_in_their_place_are_on_the_disk(lake, monkeypatch):
    written(1, 2)
    compact()
    seen = []
    monkeypatch.setattr("os.sync", lambda: seen.append(len(files(lake))))
    vacuum(hours=0)
    remove_orphans()
    assert seen == [3, 1]


def test_maintenance_that_lost_its_lock_stops_and_the_next_goes_on(lake, monkeypatch):
    def lose(**_: object) -> None:
        worker_redis().delete(maintain.LOCK_KEY)

    written(0, 1)
    with monkeypatch.context() as slow:
        slow.setattr(maintain, "erase_pending", lose)
        maintain.maintain(now=NOW)
    assert len(lake_table().file_uris()) == 2
    maintain.maintain(now=NOW)
    assert len(lake_table().file_uris()) == 1


def test_an_erasure_waits_for_what_the_outbox_holds(lake):
    put(VISITOR, [event(1, subject=VISITOR)])
    erase([VISITOR])
    with worker_redis().lock(LOCK_KEY, timeout=10):
        assert erase_pending() == 0
    assert erase_pending() == 1
    assert in_lake() == []


def test_an_erasure_of_somebody_who_is_not_in_the_lake_is_done_at_once(lake):
    erase([VISITOR])
    assert erase_pending() == 1


def test_who_is_erased_while_the_lake_is_switched_off_leaves_it_when_it_is_on_again(lake, settings):
    written(1)
    put(VISITOR, [event(2, subject=VISITOR)])
    switched_on = settings.PERSONALIZE
    settings.PERSONALIZE = {**switched_on, "LAKE_URL": ""}
    erase([VISITOR])
    settings.PERSONALIZE = switched_on
    assert erase_pending() == 1
    assert in_lake() == []


def test_many_entries_are_deleted_in_several_steps(lake, monkeypatch):
    monkeypatch.setattr(maintain, "ENTRIES_A_DELETE", 2)
    written(*range(5))
    erase([VISITOR])
    assert erase_pending() == 1
    assert in_lake() == []


def test_the_days_chores_are_done_once_a_day(lake, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_RETENTION_DAYS": 1}
    written(0, DAY, DAY + 1)
    maintain.maintain(now=NOW)
    assert len(lake_table().file_uris()) == 2
    written(DAY + 2)
    maintain.maintain(now=NOW)
    assert len(lake_table().file_uris()) == 3
    maintain.maintain(now=NOW + timedelta(days=1))
    assert len(lake_table().file_uris()) == 1
    assert in_lake() == [f"m{DAY + number}" for number in range(3)]


def test_nothing_is_done_twice_at_once(lake):
    written(0, 1)
    with worker_redis().lock(maintain.LOCK_KEY, timeout=10):
        maintain.maintain(now=NOW)
    assert len(lake_table().file_uris()) == 2


def test_the_status_counts_what_there_is(lake):
    written(0, 1, DAY)
    put(VISITOR, [event(2, subject=VISITOR)])
    found = status()
    assert (found.rows, found.files, found.small_files, found.waiting_entries) == (3, 3, 3, 1)
    assert (found.first_day, found.last_day) == ("2026-09-21", "2026-09-22")


def test_the_status_of_an_empty_lake_has_no_days(lake):
    assert (status().rows, status().first_day) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_writing_goes_on_while_files_are_joined_and_visitors_erased(lake):
    for number in range(2_000):
        subject = f"a:{number % 50}"
        put(subject, [event(number, subject=subject)])
    lake_table()
    program = [sys.executable, "-m", "tests.lake.killed_writer", "8", "3"]
    writer = subprocess.Popen(program, env=os.environ | {"LAKE_URL": str(lake)})
    while writer.poll() is None:
        for work in (compact, erase_pending):
            with suppress(DeltaError):  # overtaken: the next turn does it
                work()
        if not LakeErasure.objects.exists():
            LakeErasure.objects.update_or_create(subject="a:7")
    LakeErasure.objects.update_or_create(subject="a:7", defaults={"asked_at": timezone.now()})
    write_waiting()
    assert erase_pending() == 1
    assert in_lake() == sorted(f"m{number}" for number in range(2_000) if number % 50 != 7)
