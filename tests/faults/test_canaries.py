"""Nothing of a visitor reaches the logs, whatever goes wrong with their events (S20, S28)."""

import json
import logging

import pytest
from redis.exceptions import ResponseError

from personalize import effect, pipeline
from personalize.collect.identity import Identity
from personalize.connections import worker_redis
from personalize.logs import JsonFormatter, LineFormatter
from personalize.measure import exposures
from personalize.models import QuarantinedEvent
from personalize.stream.protocol import current_stream
from personalize.stream.redis import events_key
from personalize.tasks import flush
from tests.servers import free_port
from tests.streamed import FIREFOX, drain_all, send, view

pytestmark = pytest.mark.django_db

IP = "203.0.113.77"
CANARIES = {
    "visitor": "canary-visitor-7f3a",
    "user": "canary-user-91bc",
    "email": "canary.anna@example.com",
    "message": "canary-message-55d1",
    "forged": "canary\r\n2026-01-01 ERROR root: forged",
}
TOKENS = ("canary", "forged", IP, "203.0.113")


@pytest.fixture
def logs(caplog):
    """Everything that any logger says, formatted plainly, by line and as JSON."""
    caplog.set_level(logging.DEBUG)

    def written() -> list[str]:
        formatters = (logging.Formatter(), LineFormatter(), JsonFormatter())
        return [each.format(record) for record in caplog.records for each in formatters]

    yield written
    assert [text for text in written() if any(token in text for token in TOKENS)] == []


def canary(**changes):
    return view(
        **{
            "anonymous_id": CANARIES["visitor"],
            "message_id": CANARIES["message"],
            "properties": {"email": CANARIES["email"], "note": CANARIES["forged"]},
            "traits": {"email": CANARIES["email"]},
            "context": {"userAgent": FIREFOX, "ip": IP},
            **changes,
        }
    )


def body(**changes):
    message = {
        "type": "track",
        "event": CANARIES["forged"],
        "messageId": CANARIES["message"],
        "anonymousId": CANARIES["visitor"],
        "userId": CANARIES["user"],
        "properties": {"email": CANARIES["email"]},
        **changes,
    }
    return {"batch": [message]}


def post(client, content):
    return client.post(
        "/personalize/v1/batch",
        content if isinstance(content, str | bytes) else json.dumps(content),
        content_type="application/json",
        headers={"user-agent": FIREFOX, "cookie": "px_consent=1.analytics.personalization"},
        REMOTE_ADDR=IP,
    )


def raising(*_, **__):
    raise ValueError(f"cannot read {CANARIES['email']} of {CANARIES['forged']}")


def test_collecting_processing_and_flushing_an_event(client, logs):
    assert post(client, body()).status_code == 200
    drain_all()
    flush()
    assert logs() is not None


@pytest.mark.parametrize(
    "content",
    [
        body(properties="canary no object"),
        body(timestamp="canary no time"),
        '{"batch": [{"canary": ',
        b"\xffcanary",
        {"batch": "canary"},
    ],
)
def test_refusing_what_is_malformed(client, logs, content):
    assert post(client, content).status_code in {200, 400}


def test_a_stream_that_is_away(client, logs, settings):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}
    assert post(client, body()).status_code == 503


def test_an_event_that_fails_in_processing(logs, monkeypatch):
    monkeypatch.setattr(effect, "fold", raising)
    send(canary())
    drain_all()
    assert CANARIES["email"] in QuarantinedEvent.objects.get().detail  # people may see it there


def test_a_batch_that_fails_as_a_whole(logs, monkeypatch):
    monkeypatch.setattr(pipeline, "effect_of", raising)
    send(canary(), canary(message_id="canary-2"))
    drain_all()
    assert QuarantinedEvent.objects.count() == 2
    assert any('"event": "entry_failed"' in text for text in logs())


def test_a_database_that_refuses_a_batch(logs, monkeypatch):
    def refusing(*_, **__):
        raise ResponseError(f"wrong value {CANARIES['email']}")

    monkeypatch.setattr(pipeline.store, "save", refusing)
    send(canary())
    drain_all()
    assert any("waits" in text for text in logs())


def test_bytes_that_are_no_event(logs):
    for partition in range(current_stream().partitions):
        worker_redis().xadd(events_key(partition), {"e": b"\xffcanary.anna@example.com"})
    drain_all()
    assert QuarantinedEvent.objects.count() == current_stream().partitions


def test_exposures_that_are_lost(logs, monkeypatch):
    monkeypatch.setattr(exposures, "accept", raising)
    visitor, path = Identity(CANARIES["visitor"], 0), f"/{CANARIES['visitor']}/"
    exposures.buffer._pages.append(exposures.Served("canary", [], visitor, path, at=0))
    exposures.buffer.flush()
    assert any("are lost: ValueError" in text for text in logs())
