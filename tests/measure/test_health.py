"""Does the machinery run."""

import json
import time
from datetime import UTC, datetime

import pytest

from personalize import metrics
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.measure.health import Readiness, give_sign, pulse, readiness
from personalize.stream.protocol import Lag, current_stream
from tests.servers import free_port

pytestmark = pytest.mark.django_db


def event():
    now = time.time_ns() // 1_000_000
    return Event(
        type="page",
        event="Page Viewed",
        message_id="1",
        timestamp=now,
        received_at=now,
        anonymous_id="v",
    )


def test_all_parts_that_answer_make_a_site_ready():
    current_stream().append([event()])

    state = readiness()

    assert state.is_ready
    assert state.waiting == 1
    assert not state.is_late
    assert len(state.lags) == current_stream().partitions


def test_a_part_that_never_gave_a_sign_is_silent_and_one_that_just_did_is_not():
    assert readiness().is_silent("worker")
    assert readiness().is_silent("beat")

    give_sign("worker")

    assert not readiness().is_silent("worker")
    assert readiness().is_silent("beat")


def test_the_sign_of_beat_is_a_workers_as_well():
    give_sign("beat")

    assert not readiness().is_silent("worker")


def test_a_sign_older_than_a_minute_is_silence_U16():
    worker_redis().hset("px:signs", "worker", time.time() - 61)

    assert readiness().is_silent("worker")


def test_redis_away_is_said_and_not_raised_F6(settings):
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }

    state = readiness()

    assert not state.is_ready
    assert "ConnectionError" in state.redis
    assert state.as_json()["redis"] == "unreachable"
    assert not state.database


def test_what_anybody_may_see_holds_no_address():
    state = Readiness(checked_at=datetime.now(UTC), redis="Error 111 connecting to 10.0.0.1:6379")

    assert "10.0.0.1" not in json.dumps(state.as_json())


def test_the_oldest_event_of_all_partitions_decides_what_is_late():
    lags = (Lag(1, 2.0), Lag(3, 61.0), Lag(0, 0.0))

    state = Readiness(checked_at=datetime.now(UTC), lags=lags)

    assert (state.waiting, state.oldest_seconds, state.is_late) == (4, 61.0, True)


def test_what_went_wrong_quietly_is_counted_for_monitors(client):
    metrics.count("tests.went_wrong", 2)

    counters = client.get("/personalize/health/ready").json()["counters"]

    assert counters["tests.went_wrong"] == metrics.snapshot()["tests.went_wrong"] >= 2


def test_the_pulse_asks_no_database(django_assert_num_queries):
    give_sign("worker")
    with django_assert_num_queries(0):
        state = pulse()

    assert state.is_ready
    assert not state.is_silent("worker")
