"""Segment's own clients, as their users have them: 1,000 events, each once in a profile."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from segment.analytics import Client

from personalize.collect.sources import forget_sources
from personalize.drain import drain
from personalize.events.event import Event
from personalize.models import Source
from personalize.profile.store import read_profile
from personalize.stream.protocol import current_stream

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 1_000
USERS = 10
SEND = Path(__file__).with_name("send.mjs")


@pytest.fixture
def write_key() -> str:
    forget_sources()
    source = Source(name="client")
    key = source.renew_key()
    source.save()
    return key


def stored() -> list[Event]:
    stream = current_stream()
    found = [e.event for p in range(stream.partitions) for e in stream.read(p, limit=5_000)]
    return [event for event in found if event]


def assert_all_are_stored_once(events: list[Event]) -> None:
    numbers = Counter(event.properties["number"] for event in events)
    assert numbers == Counter(range(EVENTS))
    assert len({event.message_id for event in events}) == EVENTS
    assert {event.source for event in events} == {"client"}


def assert_all_are_in_profiles_once() -> None:
    for partition in range(current_stream().partitions):
        drain(partition)
    profiles = [read_profile(f"u:user-{number}") for number in range(USERS)]
    assert [profile and profile.events for profile in profiles] == [EVENTS // USERS] * USERS


@pytest.mark.parametrize("gzip", [False, True])
def test_the_python_client_delivers_every_event_once(live_server, write_key, gzip):
    failures: list[object] = []
    client = Client(
        write_key,
        host=f"{live_server.url}/personalize",
        gzip=gzip,
        on_error=lambda error, items: failures.append(error),
    )
    for number in range(EVENTS):
        client.track(f"user-{number % USERS}", "Product Viewed", {"number": number})
    client.shutdown()
    assert failures == []
    assert_all_are_stored_once(stored())
    assert_all_are_in_profiles_once()


def test_the_python_client_knows_every_call(live_server, write_key):
    client = Client(write_key, host=f"{live_server.url}/personalize")
    client.identify("user-1", {"plan": "pro"})
    client.page("user-1", "Shop", "Home", {"path": "/"})
    client.screen("user-1", "Shop", "Home")
    client.group("user-1", "group-1", {"size": 3})
    client.alias("visitor-1", "user-1")
    client.track("user-1", "Signed Up")
    client.shutdown()
    types = Counter(event.type for event in stored())
    assert types == Counter(["identify", "page", "screen", "group", "alias", "track", "link"])


@pytest.mark.node
def test_the_node_client_delivers_every_event_once(live_server, write_key):
    environment = {
        **os.environ,
        "HOST": live_server.url,
        "PATH_": "/personalize/v1/batch",
        "WRITE_KEY": write_key,
        "EVENTS": str(EVENTS),
    }
    sent = subprocess.run(
        ["node", str(SEND)], env=environment, capture_output=True, text=True, check=False
    )
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout) == {"sent": EVENTS, "errors": []}
    assert_all_are_stored_once(stored())
    assert_all_are_in_profiles_once()
