"""A running site as its monitors see it: two web processes and a worker, in one set of numbers."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import Program, RedisServer, free_port, wait_for_port, worker
from tests.streamed import FIREFOX

TOKEN = "only-for-this-test"
EVENTS = 40

pytestmark = pytest.mark.timeout(180)


class Site:
    """Where the site is, and the log of its worker."""

    def __init__(self, port: int, log: Path) -> None:
        self.address = f"http://127.0.0.1:{port}/personalize"
        self.log = log

    def send(self, number: int) -> None:
        """Send one event, over a connection of its own."""
        message = {"type": "track", "event": "Viewed", "messageId": f"canary-{number}"}
        request = urllib.request.Request(
            f"{self.address}/v1/batch",
            json.dumps({"batch": [message]}).encode(),
            {
                "Content-Type": "application/json",
                "User-Agent": FIREFOX,
                "Cookie": "px_consent=1.analytics.personalization",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200

    def samples(self) -> dict[tuple[str, ...], float]:
        """Return what Prometheus would see."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        request = urllib.request.Request(f"{self.address}/health/metrics", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    redis, port = RedisServer().start(), free_port()
    environment: dict[str, Any] = {
        "REDIS_URL": redis.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "METRICS_TOKEN": TOKEN,
        "LOG_FORMAT": "json",
    }
    migrate = Program("manage", "migrate", "-v0", environment=environment)
    subprocess.run(
        [sys.executable, "-m", *migrate.arguments], env=migrate.environment, check=True, timeout=90
    )
    bind = ("--bind", f"127.0.0.1:{port}", "--workers", "2")
    web = Program("gunicorn", "cms_project.wsgi", *bind, environment=environment).start()
    background = worker(environment, beat=True)
    wait_for_port(port, seconds=60)
    yield Site(port, background.log)
    for program in (web, background):
        program.kill()
    redis.kill()


def test_the_numbers_of_all_processes_come_together_and_add_up(site: Site) -> None:
    for number in range(EVENTS):
        site.send(number)

    ends_at, found = time.monotonic() + 90, site.samples()
    while time.monotonic() < ends_at and not (
        found.get(("personalize_events_stored_total", "browser"), 0) == EVENTS
        and found[("personalize_collect_seconds_count",)] == EVENTS
    ):
        time.sleep(0.5)
        found = site.samples()

    assert found[("personalize_collect_seconds_count",)] == EVENTS  # of both web processes
    assert found[("personalize_append_seconds_count",)] >= EVENTS
    assert found[("personalize_entries_processed_total",)] >= EVENTS  # of the worker
    assert found[("personalize_visible_seconds_count",)] >= EVENTS
    assert found[("personalize_events_accepted_total", "browser")] == EVENTS
    assert found[("personalize_events_stored_total", "browser")] == EVENTS
    assert sum(n for (name, *_), n in found.items() if name == "personalize_lag_events") == 0
    assert found[("personalize_sign_seconds", "beat")] < 60
    assert "canary" not in site.log.read_text()
