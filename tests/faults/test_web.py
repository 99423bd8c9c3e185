"""Web servers killed, caches emptied, and configurations changed amid traffic."""

import random
import re
import signal
import time

import pytest

from tests.faults.harness import Site, children_of, signal_all, wait_until

pytestmark = pytest.mark.timeout(400)

LETTERS = re.compile(rb"(?:first|second) (\w+)<")


def test_a_web_worker_killed_before_it_answers_doubles_nothing_F3(
    site: Site, is_long: bool, record_property
) -> None:
    """SIGKILL of a web worker at random moments under load; clients resend what got no answer."""
    load = site.load("f3", threads=3).start()
    kills = 0
    while kills < (20 if is_long else 4):
        seen = load.acknowledged
        wait_until(lambda seen=seen: load.acknowledged > seen + 60, "events are taken")
        time.sleep(random.uniform(0, 0.1))
        assert site.web
        assert site.web.process
        signal_all(children_of(site.web.process.pid), signal.SIGKILL)
        kills += 1
    seen = load.acknowledged
    wait_until(lambda: load.acknowledged > seen, "events are taken again")
    load.stop()
    site.settle()
    said = site.check(load)
    repeated = site.ask("tallied", name="f3").get("duplicates", 0)
    record_property(
        "figures", f"{kills} kills; {said}; {repeated} were stored before their answer was lost"
    )


def test_a_herd_after_a_flush_compiles_the_configuration_once_F24(
    site: Site, record_property
) -> None:
    """FLUSHDB of the cache and a new configuration while eight clients view pages."""
    viewers = [site.viewer().start() for _ in range(8)]

    def compiled() -> int:
        return int(site.ask("counters").get("plan.compiled", 0))

    def shown() -> int:
        return sum(viewer.statuses[200] for viewer in viewers)

    wait_until(lambda: compiled() > 0 and shown() > 50, "pages are shown")
    time.sleep(6)  # what was counted has been told
    before, seen = compiled(), shown()
    site.ask("redis", "SELECT", "1")
    site.ask("redis", "FLUSHDB")
    site.ask("redis", "SELECT", "0")
    site.ask("touch")
    wait_until(lambda: compiled() > before and shown() > seen + 100, "it is compiled")
    time.sleep(6)
    for viewer in viewers:
        viewer.stop()
    assert compiled() == before + 1
    record_property("figures", f"compiled once for {shown() - seen} views; {viewers[0].figures}")


def test_a_change_shows_within_seconds_and_never_by_halves_F25(site: Site, record_property) -> None:
    """Two slots change in one transaction, again and again, while pages are viewed."""
    viewer, seconds = site.viewer().start(), []
    for letter in ("B", "C", "D"):
        site.ask("publish", letter=letter)
        began, wanted = time.monotonic(), f"first {letter}<".encode()
        wait_until(
            lambda wanted=wanted: any(wanted in body for _, body in viewer.bodies[-3:]),
            "the change shows",
        )
        seconds.append(time.monotonic() - began)
    viewer.stop()
    shown = [LETTERS.findall(body) for _, body in viewer.bodies]
    # Where the store did not answer in time both are defaults, which no letter names.
    decided = [(len(pair), len(set(pair))) for pair in shown if pair]
    assert set(decided) == {(2, 1)}, "a page was decided by two configurations"
    latest = [pair[0] for pair in shown if pair]
    assert latest == sorted(latest), "an older configuration came back"
    record_property(
        "figures", f"3 changes, shown after at most {max(seconds):.1f} s; {viewer.figures}"
    )
