"""Mending a quarantined event."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from msgspec import to_builtins

from personalize.events.event import decode, encode
from personalize.models import QuarantinedEvent
from personalize.profile import store
from tests.factories import QuarantinedEventFactory
from tests.streamed import drain_all, view

EVENT = view(1, properties={"price": "five", "email": "ada@example.com"})


@pytest.fixture
def row(db: None) -> QuarantinedEvent:
    return QuarantinedEventFactory(raw=encode(EVENT), reason="invalid", path="$.properties.price")


def address(row, page="mend"):
    return reverse(f"admin:personalize_quarantinedevent_{page}", args=[row.pk])


def mended(**changes):
    content = to_builtins(EVENT) | changes
    return {"content": json.dumps(content)}


def test_a_mended_event_is_kept_logged_without_values_and_replayed(owner, row):
    answer = owner.post(address(row), mended(properties={"price": 5}))
    drain_all()

    row.refresh_from_db()
    assert answer.status_code == 302
    assert decode(bytes(row.raw)) == EVENT
    assert decode(bytes(row.mended)).properties == {"price": 5}
    assert row.replayed_at
    assert store.read_profile("a:visitor").events == 1
    logged = LogEntry.objects.get(change_message__contains="Mended").change_message
    assert "$.properties.email, $.properties.price" in logged
    assert "ada@" not in logged


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"content": "{"}, "Input data was truncated"),
        (mended(properties=7), "Expected `object`, got `int` - at `$.properties`"),
        (mended(messageId="another"), "message_id: must stay as it is"),
        (mended(anonymousId="stranger"), "anonymous_id: must stay as it is"),
        (mended(event=""), "event: expected a name"),
        (mended(properties={"note": "\x00"}), "properties.note: expected text without NUL"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_field(owner, row, sent, said):
    page = owner.post(address(row), sent)

    row.refresh_from_db()
    assert said in page.content.decode().replace("&#x27;", "'")
    assert row.replayed_at is None
    assert row.mended is None


def test_bytes_that_are_no_event_can_become_one_but_none_of_the_systems(owner):
    row = QuarantinedEventFactory(raw=b'{"type": "track"}', reason="undecodable", source="?")

    assert "track" in owner.get(address(row)).content.decode()
    assert "got link" in owner.post(address(row), mended(type="link")).content.decode()
    assert owner.post(address(row), mended()).status_code == 302


def test_mending_needs_to_see_what_identifies_people_and_to_replay(staff, row):
    seeing = "view_quarantinedevent", "view_unmasked_events"
    assert staff("view_quarantinedevent", "replay_events").get(address(row)).status_code == 403
    assert staff(*seeing).get(address(row)).status_code == 403
    assert staff(*seeing, "replay_events").get(address(row)).status_code == 200


def test_the_bytes_are_plain_text_and_masked_unless_one_may_see_them(staff, row):
    some = staff("view_quarantinedevent", "view_raw_events").get(address(row, "bytes"))
    everything = staff("view_quarantinedevent", "view_raw_events", "view_unmasked_events")

    assert some["Content-Type"] == "text/plain; charset=utf-8"
    assert "ada@" not in some.content.decode()
    assert "ada@" in everything.get(address(row, "bytes")).content.decode()
    assert staff("view_quarantinedevent").get(address(row, "bytes")).status_code == 403


def test_discarding_counts_and_is_logged(owner, row):
    owner.post(reverse("admin:personalize_quarantinedevent_press", args=[row.pk, "discard"]))

    assert not QuarantinedEvent.objects.exists()
    assert LogEntry.objects.get().is_deletion()


def test_many_can_be_discarded_by_source(owner, row):
    QuarantinedEventFactory(source="till")
    address = reverse("admin:personalize_quarantinedevent_changelist") + "?source=till"
    chosen = QuarantinedEvent.objects.values_list("pk", flat=True)

    owner.post(address, {"action": "discard", "_selected_action": list(chosen)})

    assert list(QuarantinedEvent.objects.all()) == [row]
