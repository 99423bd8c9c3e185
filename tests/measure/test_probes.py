"""Probes of the live parts."""

import threading

import pytest
from django.db import connection

from personalize.connections import worker_redis
from personalize.drain import drain
from personalize.measure import probes
from personalize.measure.health import give_sign
from personalize.measure.probes import State, examine
from personalize.models import Visitor
from personalize.stream.protocol import current_stream
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)


def found(**options):
    return {finding.part: finding for finding in examine(wait_seconds=0.1, **options)}


def left_of_profiles():
    """Return the fields that profiles still have; erasing leaves its mark for a while."""
    client = worker_redis()
    fields = {field for key in client.keys("px:*:v:*") for field in client.hkeys(key)}
    return {field for field in fields if field != b"erased" and not field.startswith(b"p:")}


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
    assert not worker_redis().keys("px:*:t:*")
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


@pytest.mark.parametrize(
    ("version", "state"), [("6.2.14", State.BROKEN), ("7.0.0", State.FINE), ("8.1", State.FINE)]
)
def test_redis_must_be_new_enough_for_the_stream(monkeypatch, version, state):
    """Row S17: the lag of a group is known from 7.0 on."""
    monkeypatch.setattr(
        type(worker_redis()), "info", lambda self: {"redis_version": version, "aof_enabled": 1}
    )

    assert found()["redis"].state is state


@pytest.mark.parametrize(
    ("backend", "is_up", "state"),
    [
        ("personalize.cache.RedisCache", True, State.FINE),
        ("personalize.cache.RedisCache", False, State.WORRYING),
        (probes.PLAIN_CACHE, True, State.WORRYING),
        (probes.PLAIN_CACHE, False, State.BROKEN),
    ],
)
def test_a_cache_that_could_fail_pages_is_not_fine_F6(settings, backend, is_up, state):
    location = settings.PERSONALIZE["REDIS_URL"] if is_up else f"redis://127.0.0.1:{free_port()}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location}}

    assert probes._cache().state is state
