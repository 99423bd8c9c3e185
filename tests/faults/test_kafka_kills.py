"""Members of the consumer group, and the broker, killed under load: nothing lost, nothing twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_django import Settings

from personalize.events.event import Event
from personalize.models import Segment, Tally
from personalize.profile import store
from personalize.rules.syntax import Behaviour, to_json
from personalize.stream.protocol import StreamUnavailable, current_stream
from personalize.tasks import flush
from tests.copied import copied_database
from tests.kafka_server import KafkaServer, options_for_test
from tests.kafka_streamed import on_kafka, waiting
from tests.profile.naive import actual, event, expected
from tests.streamed import FIREFOX

KILLS = 10
VISITORS = 40
EVENTS_A_ROUND = 200
MINUTE = 60_000
BEHAVIOURS = [
    Behaviour("Viewed", "count"),
    Behaviour("Viewed", "sum", "7d", "price"),
    Behaviour("Viewed", "distinct", "5h", "price"),
    Behaviour("Viewed", "count", "session"),
]
RULE = {
    "combinator": "or",
    "rules": [
        {"field": "behaviour", "behaviour": to_json(each), "operator": "notNull"}
        for each in BEHAVIOURS
    ],
}

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),  # most of it is the starting of processes
]


class Member:
    """A process that runs `manage.py personalize_consume`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "personalize_consume", "--threads", "2"],
                env=os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


class Site:
    """Processes that consume one stream."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.log = environment, folder / "members.txt"
        self.members: list[Member] = []

    def start(self) -> Member:
        member = Member(self.environment, self.log)
        self.members.append(member)
        return member

    def end(self) -> None:
        for member in self.members:
            with suppress(ProcessLookupError):
                member.kill()


@pytest.fixture
def broker() -> Iterator[KafkaServer]:
    """A broker of the test's own, to be killed."""
    server = KafkaServer().start()
    yield server
    server.remove()


@pytest.fixture
def site(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Site]:
    """Put the stream on Kafka, for this process and for those that it starts."""
    is_to_be_killed = "broker" in request.fixturenames
    own = request.getfixturevalue("broker").bootstrap if is_to_be_killed else ""
    options = options_for_test(own)
    settings.PERSONALIZE = {**settings.PERSONALIZE, **on_kafka(options, partitions=6)}
    site = Site(environment_of(options, tmp_path), tmp_path)
    yield site
    site.end()


def environment_of(options: dict[str, Any], folder: Path) -> dict[str, str]:
    Segment.objects.create(name="Anybody", slug="anybody", rule=RULE)
    return {
        "DATABASE_URL": copied_database(folder / "member.sqlite3"),
        "STREAM": "personalize.stream.kafka.KafkaStream",
        "STREAM_OPTIONS": json.dumps(options),
        "PARTITIONS": "6",
        "LOG_LEVEL": "WARNING",
    }


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


def wait_until(is_so: Callable[[], bool], *, seconds: float, site: Site) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, site.log.read_text()[-3_000:]
        time.sleep(0.2)


def assert_exact(sent: list[Event], *, now: int) -> None:
    """Compare every trait with what the events come to, and the counts with their number."""
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
    counted = Tally.objects.filter(metric="events").values_list("count", flat=True)
    assert sum(counted) == len({each.message_id for each in sent})


def test_ten_kills_of_members_under_load_neither_lose_nor_double_an_event_F2(site: Site) -> None:
    now = time.time_ns() // 1_000_000
    sent: list[Event] = []
    kills = rounds = 0
    members = [site.start(), site.start()]
    while kills < KILLS:
        events = load(rounds, now=now)
        current_stream().append(events)
        sent += events
        rounds += 1
        behind = waiting()
        if behind < len(sent) and rounds % 4 == 0:  # somebody is at work
            victim = random.choice(members)
            time.sleep(random.uniform(0, 0.4))
            victim.kill()
            kills += 1
            members.remove(victim)
            members.append(site.start())
        time.sleep(0.3)
    wait_until(lambda: waiting() == 0, seconds=150, site=site)
    assert_exact(sent, now=now)


def test_a_broker_killed_and_started_again_loses_nothing_that_was_acknowledged(
    broker: KafkaServer, site: Site
) -> None:
    now = time.time_ns() // 1_000_000
    sent: list[Event] = []
    kept: list[Event] = []  # as a sender does, until they are acknowledged
    refused = 0
    site.start()
    for number in range(20):
        if number in {6, 12}:
            broker.kill()
        if number in {8, 14}:
            broker.start()
        kept += load(number, now=now)
        try:
            current_stream().append(kept)
        except StreamUnavailable:
            refused += 1
        else:
            sent, kept = sent + kept, []
        time.sleep(0.3)
    wait_until(lambda: _is_sent(kept), seconds=20, site=site)
    wait_until(lambda: waiting() == 0, seconds=120, site=site)
    assert refused
    assert_exact(sent + kept, now=now)


def _is_sent(events: list[Event]) -> bool:
    try:
        current_stream().append(events)
    except StreamUnavailable:
        return False
    return True


def test_two_members_share_the_partitions_and_the_one_left_takes_all(site: Site) -> None:
    now = time.time_ns() // 1_000_000
    first, sent = site.start(), load(12, now=now)
    current_stream().append(sent)
    wait_until(lambda: waiting() == 0, seconds=90, site=site)  # it is at work
    second = site.start()
    for number in range(12):
        events = load(number, now=now)
        current_stream().append(events)
        sent += events
        if number == 6:
            assert first.stop() == 0
        time.sleep(0.2)
    wait_until(lambda: waiting() == 0, seconds=90, site=site)
    assert second.stop() == 0
    assert_exact(sent, now=now)
