"""What was before a trait is counted, exactly, for everybody, while events keep coming."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from personalize.connections import worker_redis
from personalize.history import backfill as module
from personalize.history.backfill import backfill, backfill_new, pending_keys
from personalize.history.settle import Settled
from personalize.lake.table import lake_table
from personalize.models import Trait
from tests.copied import copied_database
from tests.history.busy_site import VISITORS
from tests.history.histories import behaviours, count_from_now_on, counted, history, take
from tests.streamed import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(lake: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a part of the busy site, on the test's database or its copy as of the first start."""
    found: list[str] = []
    programs: list[subprocess.Popen[str]] = []

    def starting(*arguments: str) -> "subprocess.Popen[str]":
        if not found:
            found.append(copied_database(tmp_path / "busy.sqlite3"))
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.history.busy_site", *arguments],
            env=os.environ | {"DATABASE_URL": found[0], "LAKE_URL": str(lake)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        assert program.stdout
        assert program.stdout.readline() == "ready\n"
        return program

    yield starting
    for program in programs:
        program.kill()
        program.communicate()


@pytest.mark.parametrize("seed", range(4))
def test_a_backfilled_trait_is_as_if_counted_from_the_start(lake: Path, seed: int) -> None:
    count_from_now_on(*behaviours(1))
    take(history(Random(seed), visitors=12, events=300))
    keys = count_from_now_on(*behaviours(2))
    at = now()
    expected = counted(1, visitors=12, at=at)
    assert counted(2, visitors=12, at=at) != expected
    backfill(keys)
    assert counted(2, visitors=12, at=at) == expected
    take(history(Random(-seed), visitors=12, events=100, first=1_000))
    assert counted(2, visitors=12, at=at) == counted(1, visitors=12, at=at)


@pytest.mark.parametrize("kills", [0, 2])
def test_a_trait_is_backfilled_while_events_keep_coming_whoever_dies(
    start: Start, kills: int
) -> None:
    count_from_now_on(*behaviours(1))
    take(history(Random(1), visitors=VISITORS, events=200))
    load = start("load", "2")
    for number in range(kills):
        killed = start("backfill", "2")
        time.sleep(0.3 + number / 2)
        killed.kill()
    assert int(start("backfill", "2").communicate()[0]) > 0
    load.communicate()
    at = now()
    assert counted(2, visitors=VISITORS, at=at) == counted(1, visitors=VISITORS, at=at)


def test_new_traits_are_backfilled_by_themselves_once(lake: Path) -> None:
    lake_table()
    keys = count_from_now_on(*behaviours(1))
    assert pending_keys() == sorted(keys)
    assert backfill_new() == len(keys)
    assert pending_keys() == []
    assert Trait.objects.filter(backfilled_at=None).count() == 0


def test_a_trait_that_is_no_rule_is_left_out(lake: Path) -> None:
    lake_table()
    keys = count_from_now_on(*behaviours(1)[:2])
    Trait.objects.filter(key=keys[0]).update(behaviour={"event": 5})
    assert pending_keys() == [keys[1]]
    assert backfill_new() == 1
    assert (pending_keys(), backfill_new()) == ([], 0)


def test_what_failed_is_not_tried_again_at_once(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake_table()
    count_from_now_on(behaviours(1)[0])
    with monkeypatch.context() as failing:
        failing.setattr(module, "settle", lambda *asked: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            backfill_new()
    assert backfill_new() == 0
    assert 0 < worker_redis().ttl(module.PAUSE_KEY) <= module.PAUSE_SECONDS
    worker_redis().delete(module.PAUSE_KEY)
    assert backfill_new() == 1


def test_while_hand_overs_are_on_their_way_it_is_not_done(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake_table()
    [key] = count_from_now_on(behaviours(1)[0])
    with monkeypatch.context() as waiting:
        waiting.setattr(module, "settle", lambda *asked: Settled(unmatched=1))
        assert backfill_new() == 0
    assert pending_keys() == [key]
    assert backfill_new() == 0
    worker_redis().delete(module.PAUSE_KEY)
    assert backfill_new() == 1


def test_a_trait_older_than_the_lake_keeps_what_it_counted(lake: Path) -> None:
    count_from_now_on(*behaviours(1))
    lake_table()
    assert pending_keys() == []


def test_without_a_lake_nothing_is_backfilled(settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    count_from_now_on(*behaviours(1))
    assert backfill_new() == 0
