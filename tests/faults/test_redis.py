"""Redis killed, absent, hung, slow, forgetful and full."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.expected import thing
from tests.faults.harness import Site, wait_until
from tests.faults.proxy import Proxy
from tests.servers import RedisServer

pytestmark = pytest.mark.timeout(400)

FAST = '{"BREAKER_SECONDS": 1.0, "STORE_TIMEOUT_MS": 50}'


def test_a_redis_killed_under_load_loses_nothing_F4(
    site: Site, is_long: bool, record_property
) -> None:
    """SIGKILL and restart of Redis (append-only file, everysec) under load; nobody restarts
    the others."""
    load, viewer, seconds = site.load("f4").start(), site.viewer().start(), 0.0
    for _ in range(10 if is_long else 2):
        seen = load.acknowledged
        wait_until(lambda seen=seen: load.acknowledged > seen + 200, "events are taken")
        site.redis.kill()
        time.sleep(1)
        site.redis.start()
        seen = load.acknowledged
        seconds = max(
            seconds, wait_until(lambda seen=seen: load.acknowledged > seen, "events are taken")
        )
    load.stop()
    viewer.stop()
    settled = site.settle()
    record_property(
        "figures",
        f"{site.check(load)}; taken again after {seconds:.1f} s, settled after {settled:.0f} s; "
        f"{viewer.figures}",
    )


def test_a_redis_without_a_file_loses_what_the_doctor_said_F5(
    tables: Path, tmp_path: Path, record_property
) -> None:
    """`appendonly no`, SIGKILL and restart."""
    site = Site(tmp_path, database=tables, redis=RedisServer(options=["--appendonly", "no"]))
    try:
        site.start()
        assert "broken persistence: The append-only file is off" in site.ask("doctor")
        before = site.load("f5")
        before.send(300)
        site.settle()
        site.check(before)
        site.redis.kill()
        site.redis.start()
        assert site.ask("profile", subject="a:f5-v0") is None
        after = site.load("f5-after")
        after.send(300)
        site.settle()
        said = site.check(after)
    finally:
        site.stop()
    record_property("figures", f"the doctor says so; profiles lost, the lake kept; then {said}")


def test_redis_absent_hung_or_slow_harms_no_page_F6(
    tables: Path, tmp_path: Path, record_property
) -> None:
    """A proxy before Redis: nobody there when the web server starts; connections that nobody
    answers; two seconds an answer."""
    redis = RedisServer()
    proxy = Proxy(redis.port)
    url = f"redis://127.0.0.1:{proxy.port}/0"
    site = Site(tmp_path, database=tables, redis=redis, redis_url=url, FAULTS_PERSONALIZE=FAST)
    said = []
    try:
        site.start_web()
        said.append(_without(site, "absent"))
        site.start(web=False)
        load = site.load("f6").start()
        wait_until(lambda: load.acknowledged > 100, "events are taken")
        proxy.hold()
        said.append(_without(site, "hung"))
        proxy.heal()
        _again(load)
        proxy.delay_seconds = 2.0
        said.append(_without(site, "slow", takes_events=True))
        proxy.heal()
        seconds = _again(load)
        load.stop()
        site.settle()
        said.append(f"taken again after {seconds:.1f} s; {site.check(load)}")
    finally:
        site.stop()
        proxy.close()
    record_property("figures", "; ".join(said))


def _again(load) -> float:
    seen = load.acknowledged
    return wait_until(lambda: load.acknowledged > seen, "events are taken again")


def _without(site: Site, state: str, *, takes_events: bool = False) -> str:
    """View pages for a while: none fails, all have their defaults; events wait at the client."""
    viewer = site.viewer().start()
    wait_until(lambda: viewer.statuses[200] > 40, "pages are shown")
    viewer.stop()
    assert b"first for everyone" in viewer.bodies[-1][1] or takes_events
    return f"{state}: {viewer.figures}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_events_until_there_is_room_F15(
    tables: Path, tmp_path: Path, small_disk: Path, record_property
) -> None:
    """The disk of Redis' append-only file and of the lake is filled, then emptied."""
    (small_disk / "redis").mkdir()
    redis = RedisServer(folder=str(small_disk / "redis"))
    site = Site(tmp_path, database=tables, redis=redis, LAKE_URL=str(small_disk / "lake"))
    filler = small_disk / "filler"
    try:
        site.start()
        load, viewer = site.load("f15").start(), site.viewer().start()
        wait_until(lambda: load.acknowledged > 300, "events are taken")
        _fill(filler)
        refused = load.statuses[503]
        wait_until(lambda: load.statuses[503] > refused + 3, "events are refused")
        filler.unlink()
        seconds = _again(load)
        load.stop()
        viewer.stop()
        site.settle()
        said = site.check(load)
    finally:
        site.stop()
    record_property(
        "figures",
        f"503 meanwhile; taken again after {seconds:.1f} s; {said}; the worker was started anew "
        f"{site.restarts} times; {viewer.figures}",
    )


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            return


def test_a_redis_at_its_limit_refuses_events_until_there_is_room_F16(
    site: Site, record_property
) -> None:
    """`maxmemory` below what is used, `noeviction`, under load."""
    load, viewer, client = site.load("f16").start(), site.viewer().start(), site.client("f16-one")
    restarts = site.restarts
    wait_until(lambda: load.acknowledged > 100, "events are taken")
    site.ask("redis", "CONFIG", "SET", "maxmemory", "1mb")
    try:
        refused = load.statuses[503]
        wait_until(lambda: load.statuses[503] > refused + 3, "events are refused")
        status, answer = client.send(thing("f16-1", visitor="f16"))
        assert (status, answer["success"]) == (503, False)
    finally:
        site.ask("redis", "CONFIG", "SET", "maxmemory", "0")
    seconds = _again(load)
    load.stop()
    viewer.stop()
    site.settle()
    record_property(
        "figures",
        f"503 meanwhile; taken again after {seconds:.1f} s; {site.check(load)}; the worker was "
        f"started anew {site.restarts - restarts} times; {viewer.figures}",
    )
