"""Events that come often, late, out of order, in masses, by wrong clocks, or of the erased."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest

from tests.faults.expected import thing
from tests.faults.harness import Site, resident_bytes, wait_until

pytestmark = pytest.mark.timeout(600)

MB = 1_000_000
DAY = 86_400_000
LAKE_MAY_HOLD = 500 * MB  # for one commit of 50,000 rows, however many wait


def iso(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).isoformat()


def test_ten_deliveries_out_of_order_count_once_F12(site: Site, record_property) -> None:
    """Every batch ten times, forwards and backwards, from four connections; traits set in an
    order that is not that of their times."""
    load, client = site.load("f12", times=10, threads=4, batch=50), site.client("f12-k")
    load.send(1_000)
    now = time.time() * 1_000
    order = list(range(20))
    random.shuffle(order)
    for number in order:
        client.send(
            thing(f"f12-{number}", visitor="f12", type="identify", traits={"level": number},
                  timestamp=iso(now - DAY + number * 1_000))
        )  # fmt: skip
    site.settle()
    said = site.check(load)
    assert site.ask("profile", subject="a:f12")["traits"] == {"level": 19}
    duplicates = site.ask("tallied", name="f12")["duplicates"]
    assert duplicates >= 9 * load.acknowledged
    record_property("figures", f"{said}, {duplicates} duplicates counted as such")


def test_a_replay_of_the_lake_changes_nothing_F13(
    site: Site, is_long: bool, record_property
) -> None:
    """All events of the run are read from the lake and put on the stream again, twice, within the
    day for which ids are remembered (later, `personalize_rebuild` does it)."""
    load = site.load("f13", batch=200, pause_seconds=0.0)
    load.send(100_000 if is_long else 2_000)
    site.settle()
    before = [site.ask("profile", subject=f"a:f13-v{number}") for number in range(40)]
    for _ in range(2):
        replayed = site.ask("replay_lake", name="f13")
        site.settle()
    assert [site.ask("profile", subject=f"a:f13-v{number}") for number in range(40)] == before
    assert site.ask("tallied", name="f13")["duplicates"] == 2 * replayed
    record_property("figures", f"{replayed} events twice, none had an effect; {site.check(load)}")


def test_clocks_of_clients_are_mended_F14(site: Site, record_property) -> None:
    """Times a year ahead, at the epoch, none, a leap day, both sides of a change to summer time;
    a clock that sentAt shows to be off by an hour."""
    client, now = site.client("f14"), time.time() * 1_000
    leap, summer = "2024-02-29T23:59:59Z", "2026-03-29T02:30:00+02:00"
    given: list[Any] = [iso(now + 365 * DAY), iso(now - 365 * DAY), 0, None, leap, summer]
    sent = [
        thing(f"f14-{number}", visitor=f"f14-{number}", timestamp=at)
        for number, at in enumerate(given)
    ]
    status, answer = client.send(*sent)
    assert (status, answer) == (200, {"success": True})
    assert client.send(thing("f14-nan", visitor="f14", timestamp="NaN"))[0] == 400
    off = {"timestamp": iso(now - 3_600_000), "sentAt": iso(now - 3_600_000)}
    assert client.send(thing("f14-off", visitor="f14-off", **off))[0] == 200
    site.settle()
    columns = ["message_id", "day", "timestamp", "original_timestamp"]
    rows = {row["message_id"]: row for row in site.ask("lake", name="f14", columns=columns)}
    assert len(rows) == len(given) + 1
    ahead = rows["f14-0"]
    assert ahead["timestamp"] <= now + 400_000 < ahead["original_timestamp"]
    assert [rows[f"f14-{each}"]["day"] for each in (2, 4, 5)] == [
        "1970-01-01", "2024-02-29", "2026-03-29",
    ]  # fmt: skip
    assert abs(rows["f14-off"]["timestamp"] - now) < 60_000
    record_property("figures", "every time in its day's partition; what was given is kept beside")


def test_the_servers_clock_may_step_F14(site: Site, record_property) -> None:
    """The clock of web server and worker goes back an hour under load, then forward two."""
    load = site.load("f14-steps").start()
    clock = Path(site.environment["FAULTS_CLOCK"])
    try:
        for seconds in (-3_600, 3_600, 0):
            seen = load.acknowledged
            clock.write_text(str(seconds))
            wait_until(lambda seen=seen: load.acknowledged > seen + 200, "events are taken")
    finally:
        clock.write_text("0")
    load.stop()
    site.settle()
    said = site.check(load)
    for number in range(10):
        sessions = site.ask("profile", subject=f"a:f14-steps-v{number}")["sessions"]
        assert all(start <= end for start, end in sessions)
    record_property("figures", f"{said}; no session ends before it begins")


def test_a_backlog_is_worked_off_in_flat_memory_F30(
    tables: Path, tmp_path: Path, is_long: bool, record_property
) -> None:
    """No worker while events gather; then one."""
    number = 1_000_000 if is_long else 40_000
    site = Site(tmp_path, database=tables)
    try:
        site.start(work=False)
        load = site.load("f30", visitors=2_000)
        took = site.ask("put", run=list(load.run), first=0, number=number)
        load.history.acknowledged(list(range(number)))
        load.acknowledged = number
        load.history.close()
        program = site.start_worker()
        wait_until(lambda: site.ask("waiting") < number * 0.9, "it is begun")
        began, left, memory = time.monotonic(), site.ask("waiting"), []
        while site.ask("waiting"):
            assert program.process
            memory.append(resident_bytes(program.process.pid))
            time.sleep(0.5)
            assert time.monotonic() - began < 500, "the backlog stays"
        rate = left / max(0.1, time.monotonic() - began)
        site.settle()
        said = site.check(load)
    finally:
        site.stop()
    first, last = max(memory[: len(memory) // 3 + 1]), max(memory)
    assert last - first < LAKE_MAY_HOLD
    record_property(
        "figures",
        f"{said}; put at {number / took:,.0f}/s, worked off at {rate:,.0f}/s by one process; "
        f"memory {first / MB:.0f} MB, at most {last / MB:.0f} MB amid a commit to the lake",
    )


def test_who_is_erased_does_not_come_back_F31(site: Site, record_property) -> None:
    """Visitors are erased, also from the lake, while their events keep coming."""
    client, over = site.client("f31"), Flag()
    sent = [0]

    def send_on() -> None:
        while not over.is_set():
            messages = [thing(f"f31-{sent[0]}-{v}", visitor=f"f31-{v}") for v in range(8)]
            assert client.send(*messages)[0] == 200
            sent[0] += 1
            time.sleep(0.02)

    sender = Thread(target=send_on)
    sender.start()
    try:
        for visitor in range(6):
            seen = sent[0]
            wait_until(lambda seen=seen: sent[0] > seen + 10, "events are sent")
            site.ask("erase", subject=f"a:f31-{visitor}")
    finally:
        over.set()
        sender.join()
    site.settle()

    def left(visitor: int) -> dict[str, int]:
        return dict(site.ask("left_of", subject=f"a:f31-{visitor}", name="f31"))

    nothing = {"profile": 0, "visitors": 0, "lake": 0}
    for visitor in range(6):
        wait_until(lambda visitor=visitor: left(visitor) == nothing, "the erased are gone")
    for visitor in (6, 7):
        assert left(visitor) == {"profile": 1, "visitors": 1, "lake": sent[0]}
    counts = site.ask("tallied", name="f31")
    assert counts["accepted"] == counts["stored"] + counts["erased"] == 8 * sent[0]
    record_property(
        "figures", f"6 of 8 erased under load; {counts['erased']} late events refused, nothing left"
    )
