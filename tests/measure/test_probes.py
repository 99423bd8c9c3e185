"""Probes of the live parts."""

import threading

import pytest
from celery import current_app
from django.db import connection

from personalize.connections import worker_redis
from personalize.measure import probes
from personalize.measure.health import give_sign
from personalize.measure.probes import State, examine
from personalize.models import Visitor
from personalize.pipeline import drain
from personalize.stream.protocol import current_stream
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def memory_broker():
    """Doorbells go nowhere: a thread of the test stands for the worker."""
    before = current_app.conf.broker_url
    current_app.conf.broker_url = "memory://"
    yield
    current_app.conf.broker_url = before


def found(**options):
    return {finding.part: finding for finding in examine(wait_seconds=0.1, **options)}


def left_of_profiles():
    """Return the fields that profiles still have; erasing leaves its mark for a while."""
    client = worker_redis()
    return {field for key in client.keys("px:v:*") for field in client.hkeys(key)} - {b"erased"}


def test_what_is_broken_says_its_fix():
    findings = found()

    for finding in findings.values():
        assert bool(finding.fix) is (finding.state is not State.FINE), finding
    assert findings["worker"].state is State.BROKEN
    assert findings["beat"].state is State.BROKEN
    assert findings["round trip"].state is State.BROKEN


def test_redis_and_database_as_they_should_be_are_fine():
    findings = found()

    assert {findings[part].state for part in ("redis", "persistence", "eviction", "geo")} == {
        State.FINE
    }


def test_the_synthetic_visitor_leaves_no_trace():
    found()

    assert not left_of_profiles()
    assert not worker_redis().keys("px:t:*")
    assert not Visitor.objects.exists()


def test_an_event_that_arrives_in_a_profile_is_a_round_trip():
    stop = threading.Event()

    def work():
        while not stop.is_set():
            for partition in range(current_stream().partitions):
                drain(partition)
        connection.close()  # the thread's own

    worker = threading.Thread(target=work)
    worker.start()
    try:
        finding = probes._round_trip(wait_seconds=20)
    finally:
        stop.set()
        worker.join()

    assert finding.state is State.FINE
    assert not left_of_profiles()


def test_beat_that_gave_a_sign_is_fine():
    give_sign("beat")

    assert found()["beat"].state is State.FINE


def test_redis_away_is_one_finding_and_nothing_hangs_on_it_F6(settings):
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }

    findings = found()

    assert findings["redis"].state is State.BROKEN
    assert "worker" not in findings
    assert "round trip" not in findings


@pytest.mark.parametrize(
    ("probe", "argument", "state"),
    [
        (probes._persistence, False, State.BROKEN),
        (probes._persistence, True, State.FINE),
        (probes._eviction, "allkeys-lru", State.BROKEN),
        (probes._eviction, "noeviction", State.FINE),
        (probes._page, "/personalize/health/live", State.FINE),
        (probes._page, "/no/such/page/", State.BROKEN),
    ],
)
def test_each_probe_tells_good_from_bad(probe, argument, state):
    assert probe(argument).state is state


def test_a_corrupt_geographic_database_is_broken_F29(settings, tmp_path):
    path = tmp_path / "country.mmdb"
    path.write_bytes(b"not a database")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GEO_DATABASE": str(path)}

    assert found()["geo"].state is State.BROKEN
