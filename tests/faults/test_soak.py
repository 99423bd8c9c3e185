"""A steady load for a while: nothing grows that should not."""

import time

import pytest

from tests.faults.harness import Site, open_files, resident_bytes, wait_until

pytestmark = pytest.mark.timeout(2_400)

MB = 1_000_000


def test_nothing_grows_under_a_steady_load_F35(site: Site, is_long: bool, record_property) -> None:
    """Events and pages for a minute (FAULTS_LONG: half an hour), the same visitors."""
    load, viewer = site.load("f35", pause_seconds=0.1).start(), site.viewer().start()
    wait_until(lambda: load.acknowledged > 1_000, "it is warm")
    time.sleep(10)
    first = _reading(site)
    time.sleep(1_800 if is_long else 45)
    last = _reading(site)
    load.stop()
    viewer.stop()
    site.settle()
    grown = {name: last[name] - first[name] for name in first}
    assert grown["web bytes"] < 15 * MB
    assert grown["worker bytes"] < 25 * MB
    assert grown["open files"] < 20
    assert grown["keys of Redis"] < 60
    record_property(
        "figures",
        f"web {grown['web bytes'] / MB:+.1f} MB, worker {grown['worker bytes'] / MB:+.1f} MB, "
        f"{grown['open files']:+d} files, {grown['keys of Redis']:+d} keys; {site.check(load)}; "
        f"{viewer.figures}",
    )


def _reading(site: Site) -> dict[str, int]:
    assert site.web
    web, work = site.web.process, site.workers[0].process
    assert web
    assert work
    return {
        "web bytes": resident_bytes(web.pid),
        "worker bytes": resident_bytes(work.pid),
        "open files": open_files(web.pid) + open_files(work.pid),
        "keys of Redis": site.ask("memory_of_redis")["keys"],
    }
