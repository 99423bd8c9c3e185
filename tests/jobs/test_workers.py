"""With a real worker and beat: a job is cancelled within seconds, and survives its worker (U15)."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest
from django.db import connection

from personalize.connections import worker_redis
from personalize.history.job import LOCK_KEY
from personalize.jobs.pulse import ask_to_stop, is_alive
from personalize.models import Job
from tests.copied import copied_database
from tests.factories import JobFactory
from tests.history.histories import behaviours, count_from_now_on, history, take

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the worker's copy of SQLite"),
]


class Site:
    """The other processes' database, and the worker, with beat in it."""

    def __init__(self, path: Path, lake: Path) -> None:
        self.path = path
        self.environment = os.environ | {
            "DATABASE_URL": copied_database(path),
            "LAKE_URL": str(lake),
            "EXPORT_URL": str(path.parent / "exports"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = (
            "--beat --scheduler celery.beat:PersistentScheduler "
            f"--schedule {self.path.parent / 'beat'} "
            "--concurrency 2 --loglevel ERROR --without-gossip --without-mingle"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "cms_project", "worker", *options.split()],
            env=self.environment,
            start_new_session=True,
        )

    def kill(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def job(self, job: Job) -> tuple[str, int, str]:
        """Return state, attempts and error, as the worker has written them."""
        with closing(sqlite3.connect(self.path, timeout=20)) as database:
            row: tuple[str, int, str] = database.execute(
                "SELECT state, attempts, error FROM personalize_job WHERE uuid = ?", [job.uuid.hex]
            ).fetchone()
            return row


def wait_until(is_so: Callable[[], object], *, seconds: float) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() < began + seconds, "the worker did not get there in time"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def job(lake: Path) -> Job:
    """A rebuild that takes some seconds."""
    count_from_now_on(*behaviours(0))
    take(history(Random(3), visitors=60, events=6_000), at_once=400)
    return JobFactory(kind="rebuild", arguments={"is_trial": True})


@pytest.fixture
def site(job: Job, lake: Path, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "worker.sqlite3", lake)
    site.start()
    yield site
    site.kill()


def test_a_job_whose_worker_is_killed_is_done_by_the_next(site: Site, job: Job) -> None:
    wait_until(lambda: site.job(job)[0] == "running", seconds=90)
    site.kill()
    assert site.job(job)[:2] == ("running", 1)
    worker_redis().delete(LOCK_KEY)  # rather than wait for a minute until it goes by itself

    site.start()
    wait_until(lambda: site.job(job)[0] == "done", seconds=200)

    assert site.job(job)[1:] == (2, "")


def test_a_job_is_cancelled_within_five_seconds(site: Site, job: Job) -> None:
    wait_until(lambda: site.job(job)[0] == "running", seconds=90)

    ask_to_stop(job.uuid)

    assert wait_until(lambda: not is_alive(job.uuid), seconds=30) <= 5
    assert site.job(job)[0] == "cancelled"
