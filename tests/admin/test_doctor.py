"""The tracking doctor: one's own browser, its events, and those that failed."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from personalize.collect.identity import read
from personalize.connections import worker_redis
from personalize.events.event import Event, encode
from personalize.keys import timeline_key
from personalize.models import QuarantinedEvent
from personalize.profile import timeline
from personalize.profile.timeline import Moment
from personalize.views.answers import now_ms

BATCH = "/personalize/v1/batch"


@pytest.fixture
def editor(owner, settings) -> Client:
    """An editor whose browser is known to the endpoint."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_REQUIRED": ()}
    assert send(owner, {"type": "page"}).status_code == 200
    return owner


def send(client, *events):
    body = json.dumps({"batch": events})
    return client.post(BATCH, body, content_type="application/json")


def visitor_of(client) -> str:
    return read(client.cookies["px"].value).anonymous_id


def live(client) -> str:
    page = client.get(reverse("admin:personalize_doctor"), {"part": "live"})
    assert "no-store" in page["Cache-Control"]
    return page.content.decode()


def test_it_shows_the_events_of_ones_own_browser_and_of_no_other(editor, staff):
    moment = Moment(now_ms(), "Product Viewed", {"product_id": "K1"}, "")
    worker_redis().lpush(timeline_key(f"a:{visitor_of(editor)}"), timeline.encode(moment))

    assert "product_id: K1" in live(editor)
    assert "Product Viewed, less than a minute ago." in live(editor)
    assert "K1" not in live(staff("view_dashboard"))


def test_a_refused_event_shows_its_path_its_reason_and_itself_masked_U18(editor):
    live(editor)  # who looks, watches
    bad = {"type": "track", "event": 7, "properties": {"email": "ada@example.com"}}
    send(editor, {"type": "page"}, bad)
    send(editor, {"type": "identify", "traits": 5})

    shown = live(editor)

    assert "<code>batch[1].event</code>" in shown
    assert "<code>batch[0].traits</code>" in shown
    assert "ada@example.com" not in shown
    assert "&quot;email&quot;" in shown


def test_what_is_refused_while_nobody_watches_is_kept_nowhere(editor):
    send(editor, {"type": "track", "event": 7})

    assert "batch[0].event" not in live(editor)


def test_a_quarantined_event_shows_to_its_own_browser(editor, staff):
    event = Event(
        type="track",
        event="Signed Up",
        message_id="1",
        timestamp=now_ms(),
        received_at=now_ms(),
        anonymous_id=visitor_of(editor),
    )
    QuarantinedEvent.objects.create(
        stream_position="0:1",
        reason="invalid",
        path="$.properties.plan",
        detail="properties.plan: expected text",
        raw=encode(event),
        received_at=timezone.now(),
    )

    assert "$.properties.plan" in live(editor)
    assert "$.properties.plan" not in live(staff("view_dashboard"))


def test_it_says_what_keeps_the_tracker_silent(owner):
    assert "answer the site&#x27;s banner" in live(owner)
    assert "No worker has given a sign" in live(owner)
    owner.cookies["px_consent"] = "1.none"
    assert "You have refused analytics" in live(owner)
    page = owner.get(reverse("admin:personalize_doctor"), headers={"sec-gpc": "1"})
    assert "refuses by a signal" in page.content.decode()


def test_it_answers_without_redis(owner, no_redis):
    assert "takes no events now" in live(owner)


def test_it_needs_the_dashboards_permission(staff):
    assert staff("view_segment").get(reverse("admin:personalize_doctor")).status_code == 403
