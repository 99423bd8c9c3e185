"""Workers killed, frozen, poisoned and doubled under load."""

import random
import signal
import time

import pytest

from tests.faults.expected import thing
from tests.faults.harness import Site, descendants_of, signal_all, wait_until
from tests.faults.mischief.apps import EATS, FAULTS, KILLS, RAISES

pytestmark = pytest.mark.timeout(400)


def pids_of(site: Site) -> list[int]:
    """Return the processes of the standing site's worker, which work for it and beat."""
    program = site.workers[0].process
    assert program
    return [program.pid, *descendants_of(program.pid)]


def test_a_worker_killed_under_load_loses_and_doubles_nothing_F1(
    site: Site, is_long: bool, record_property
) -> None:
    """SIGKILL of a worker's child at random moments under load; at last of all of the worker."""
    load, viewer = site.load("f1").start(), site.viewer().start()
    kills = 0
    while kills < (50 if is_long else 12):
        time.sleep(random.uniform(0.1, 0.8))
        children = pids_of(site)[1:]
        if children:
            signal_all([random.choice(children)], signal.SIGKILL)
            kills += 1
    site.workers.pop(0).kill()
    site.start_worker()
    load.stop()
    viewer.stop()
    seconds = site.settle()
    said = site.check(load)
    record_property(
        "figures", f"{kills} kills; {said}; settled {seconds:.0f} s after; {viewer.figures}"
    )


def test_a_frozen_worker_is_seen_and_beat_piles_nothing_up_F8(
    site: Site, is_long: bool, record_property
) -> None:
    """SIGSTOP of the worker (its connections stand), a second beat goes on."""
    load, beat = site.load("f8", pause_seconds=0.2).start(), site.start_beat()
    frozen = pids_of(site)
    signal_all(frozen, signal.SIGSTOP)
    try:
        late = 65.0 if is_long else 6.0
        wait_until(lambda: bool(site.ask("ready")["lag"]["seconds"] > late), "the lag is told")
        state = site.ask("ready")
        assert state["ready"]  # events are still taken
        assert state["lag"]["events"] > 0
        waits = site.ask("redis", "LLEN", "celery")
    finally:
        signal_all(frozen, signal.SIGCONT)
        beat.kill()
        site.workers.remove(beat)
    load.stop()
    site.settle()
    wait_until(lambda: site.ask("redis", "LLEN", "celery") < 10, "the queue is empty")
    said = site.check(load)
    record_property(
        "figures",
        f"lag of {state['lag']['seconds']:.0f} s told while frozen, {waits} tasks queued then; "
        f"{said}",
    )


def test_a_task_run_twice_has_its_effect_once_F9(site: Site, record_property) -> None:
    """A worker is frozen amid its work for longer than its lock and the broker's time-out; a
    second one does it, then the first goes on."""
    load = site.load("f9").start()
    others = [
        site.start_worker(beat=False, FAULTS_BROKER='{"visibility_timeout": 5}'),
        site.start_beat(),  # the worker's own will be frozen as well
    ]
    wait_until(lambda: load.acknowledged > 200, "the load has come")
    frozen = pids_of(site)[1:]
    signal_all(frozen, signal.SIGSTOP)
    try:
        before = load.acknowledged
        load.stop()
        wait_until(lambda: not site.ask("waiting"), "the second worker has done everything")
    finally:
        signal_all(frozen, signal.SIGCONT)
    site.settle()
    for program in others:
        program.kill()
        site.workers.remove(program)
    said = site.check(load)
    record_property("figures", f"{said}; {before} of them before the freeze")


def test_a_poisoned_event_goes_to_quarantine_and_its_neighbours_go_on_F10(
    site: Site, record_property
) -> None:
    """An event whose processing raises, one that runs out of memory, one that kills its process,
    one that breaks it with a segmentation fault."""
    load, client = site.load("f10").start(), site.client("f10-poison")
    poisons = [RAISES, EATS, KILLS, FAULTS]
    for number, name in enumerate(poisons):
        visitor = f"f10-poison{number}"
        around = [thing(f"f10-{number}-{place}", visitor=visitor) for place in range(3)]
        around.insert(1, thing(f"f10-{name}", visitor=visitor, event=name))
        assert client.send(*around)[0] == 200
    wait_until(lambda: load.acknowledged > 200, "the load has come")
    load.stop()
    site.settle()
    rows = {name: reason for reason, _, name in site.ask("quarantined", name="f10-poison")}
    assert set(rows) == set(poisons)
    assert rows[RAISES] == rows[EATS] == "failed"
    assert rows[KILLS] == rows[FAULTS] == "ends_worker"
    for number in range(len(poisons)):
        assert site.ask("profile", subject=f"a:f10-poison{number}")["events"] == 3
    record_property("figures", f"4 poisons set aside, 12 neighbours kept; {site.check(load)}")


def test_two_beats_do_nothing_twice_F33(site: Site, record_property) -> None:
    """A second beat beside the one of the worker; segments counted twice at one moment."""
    load, beat = site.load("f33").start(), site.start_beat()
    wait_until(lambda: load.acknowledged > 500, "the load has come")
    time.sleep(8)  # both have rung, flushed and written the lake
    load.stop()
    site.settle()
    for _ in range(2):
        site.ask("write_sizes")
    beat.kill()
    site.workers.remove(beat)
    sizes = [tuple(row) for row in site.ask("sizes")]
    assert sizes
    assert len(sizes) == len(set(sizes))
    record_property("figures", site.check(load))
