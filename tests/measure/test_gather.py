"""The numbers of all processes."""

import os
import subprocess
import sys
import time

from personalize import metrics
from personalize.connections import worker_redis
from personalize.measure.gather import gathered, push
from tests.servers import free_port

COUNTS = """
from personalize import metrics
metrics.count("tests.together", 5)
metrics.observe("tests.lasted", 0.2)
metrics.watch("tests.level", lambda: 3.0)
"""
CRASHES = """
import os, time
from personalize import metrics
from personalize.connections import worker_redis
from personalize.measure import gather
gather.PAUSE_SECONDS = 0.05
metrics.count("tests.crashed")
ends_at = time.monotonic() + 30
while not worker_redis().exists("px:{m}:metrics") and time.monotonic() < ends_at:
    time.sleep(0.02)
os._exit(0)
"""


def run_apart(program):
    """Run the program in another process of the site, which pushes at its end unless it dies."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cms_project.settings"}
    begin = "import django; django.setup()\n"
    subprocess.run([sys.executable, "-c", begin + program], check=True, env=environment)


def test_what_two_processes_counted_is_added_up():
    before = metrics.snapshot().get("tests.together", 0)
    metrics.count("tests.together", 2)
    push()
    run_apart(COUNTS)

    found = gathered()

    assert found.counts["tests.together"] == before + 7
    assert sum(found.times["tests.lasted"][:-1]) >= 1
    assert found.gauges["tests.level"] == 3.0


def test_what_is_pushed_twice_counts_once():
    metrics.count("tests.pushed")
    push()
    once = worker_redis().hgetall("px:{m}:metrics")
    push()
    assert worker_redis().hgetall("px:{m}:metrics") == once
    assert gathered().counts["tests.pushed"] == metrics.snapshot()["tests.pushed"]


def test_what_is_not_yet_pushed_is_seen_by_its_own_process():
    push()
    metrics.count("tests.late")
    assert gathered().counts["tests.late"] == metrics.snapshot()["tests.late"]


def test_without_redis_a_process_knows_its_own_and_pushes_it_later(settings):
    here = settings.PERSONALIZE
    metrics.count("tests.outage")
    settings.PERSONALIZE = {**here, "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    push()
    assert gathered().counts["tests.outage"] == metrics.snapshot()["tests.outage"]

    settings.PERSONALIZE = here
    push()

    stored = int(worker_redis().hget("px:{m}:metrics", "c:tests.outage"))
    assert stored == metrics.snapshot()["tests.outage"]


def test_a_gauge_of_a_process_that_ended_is_forgotten():
    now = time.time()
    worker_redis().hset("px:{m}:gauges", "tests.circuits|living", f"1.0 {now:.0f}")
    worker_redis().hset("px:{m}:gauges", "tests.circuits|dead", f"1.0 {now - 61:.0f}")

    assert gathered().gauges["tests.circuits"] == 1.0
    assert worker_redis().hkeys("px:{m}:gauges") == [b"tests.circuits|living"]


def test_a_gauge_of_this_process_is_its_latest_value_and_counts_once(monkeypatch):
    monkeypatch.setattr(metrics, "_gauges", {"tests.own": lambda: 1.0})
    push()
    monkeypatch.setattr(metrics, "_gauges", {"tests.own": lambda: 2.0})

    assert gathered().gauges["tests.own"] == 2.0


def test_the_thread_of_a_process_pushes_while_it_runs():
    run_apart(CRASHES)

    assert worker_redis().hget("px:{m}:metrics", "c:tests.crashed") == b"1"
