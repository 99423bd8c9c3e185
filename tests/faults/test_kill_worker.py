"""A worker killed at any moment: nothing that it had in hand is lost, and nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from personalize.events.event import Event
from personalize.models import Segment, Tally, Visitor
from personalize.profile import store
from personalize.rules.syntax import Behaviour, to_json
from personalize.stream.doorbell import accept
from personalize.stream.protocol import current_stream
from personalize.tasks import flush, ring
from tests.copied import copied_database
from tests.profile.naive import actual, event, expected
from tests.streamed import FIREFOX

KILLS = 20
VISITORS = 40
EVENTS_A_ROUND = 400
MINUTE = 60_000
BEHAVIOURS = [
    Behaviour("Viewed", "count"),
    Behaviour("Viewed", "sum", "7d", "price"),
    Behaviour("Viewed", "distinct", "5h", "price"),
    Behaviour("Viewed", "top", None, "price"),
    Behaviour("Viewed", "count", "session"),
    Behaviour("Viewed", "average", "30d", "price"),
]
RULE = {
    "combinator": "or",
    "rules": [
        {"field": "behaviour", "behaviour": to_json(each), "operator": "notNull"}
        for each in BEHAVIOURS
    ],
}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


class Worker:
    """A real Celery worker with two child processes, in a process group of its own."""

    def __init__(self, database: str) -> None:
        command = [sys.executable, "-m", "celery", "-A", "cms_project", "worker"]
        options = "--concurrency 2 --loglevel ERROR --without-gossip --without-mingle"
        self.process = subprocess.Popen(
            [*command, *options.split()],
            env=os.environ | {"DATABASE_URL": database},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def children(self) -> list[int]:
        """Return the processes that do the work; the worker replaces those that die."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in task.read_text().split()]

    def kill_child(self) -> bool:
        """Kill one child as the kernel does when memory runs out; False when there is none yet."""
        children = self.children()
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(random.choice(children), signal.SIGKILL)
        return True

    def kill(self) -> None:
        """Kill the worker with all its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Return the address at which another process finds the test's configuration."""
    Segment.objects.create(name="Anybody", slug="anybody", rule=RULE)
    return copied_database(tmp_path / "worker.sqlite3")


@pytest.fixture
def worker(database: str) -> Iterator[Worker]:
    worker = Worker(database)
    yield worker
    worker.kill()


def load(number: int, *, now: int) -> list[Event]:
    """Return a round of events, out of order and some of them twice."""
    views = [
        replace(
            event(now - random.randrange(20 * MINUTE), price=random.choice([1, 2, 3.5, 19.99])),
            message_id=f"{number}-{each}",
            anonymous_id=f"visitor{random.randrange(VISITORS)}",
            source="shop",
            context={"userAgent": FIREFOX},
        )
        for each in range(EVENTS_A_ROUND)
    ]
    return views + random.sample(views, EVENTS_A_ROUND // 10)


def waiting() -> int:
    stream = current_stream()
    return sum(stream.lag(each).entries for each in range(stream.partitions))


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "the worker did not get there in time"
        ring()
        time.sleep(0.3)


def test_twenty_kills_under_load_neither_lose_nor_double_an_event_F1(worker: Worker) -> None:
    now = time.time_ns() // 1_000_000
    sent: list[Event] = load(0, now=now)
    accept(sent)
    wait_until(lambda: waiting() < len(sent), seconds=40)  # the worker is up
    kills = rounds = 0
    while kills < KILLS:
        rounds += 1
        events = load(rounds, now=now)
        accept(events)
        sent += events
        ring()
        time.sleep(random.uniform(0, 0.25))
        kills += worker.kill_child()
    wait_until(lambda: waiting() == 0, seconds=50)

    by_subject: dict[str, list[Event]] = {}
    for each in sent:
        by_subject.setdefault(each.subject, []).append(each)
    for subject, events in by_subject.items():
        profile = store.read_profile(subject)
        assert profile
        for behaviour in BEHAVIOURS:
            found = actual(behaviour, profile, now=now)
            wanted = expected(behaviour, events, now=now)
            assert found == pytest.approx(wanted), (behaviour.aggregate, behaviour.window)
    flush()
    distinct = len({each.message_id for each in sent})
    counted = Tally.objects.filter(metric="events").values_list("count", flat=True)
    assert sum(counted) == distinct
    assert sum(Visitor.objects.values_list("events", flat=True)) == distinct
