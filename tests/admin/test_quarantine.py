"""The quarantine's screen."""

import pytest
from django.urls import reverse

from personalize.events.event import Event, encode
from personalize.models import QuarantinedEvent
from personalize.privacy.text import as_text
from personalize.stream.protocol import current_stream
from tests.factories import QuarantinedEventFactory

EVENT = Event(
    type="track",
    event="Signed Up",
    message_id="1",
    timestamp=1_000,
    received_at=1_000,
    anonymous_id="0123456789abcdef",
    properties={"email": "ada@example.com", "note": "call +44 20 7946 0958 <b>"},
)


def page_of(row):
    return reverse("admin:personalize_quarantinedevent_change", args=[row.pk])


def waiting():
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_the_content_is_masked_text(owner):
    row = QuarantinedEventFactory(raw=encode(EVENT), detail="of ada@example.com")

    page = owner.get(page_of(row)).content.decode()

    assert "Signed Up" in page
    assert "&lt;b&gt;" in page
    assert not any(secret in page for secret in ("ada@", "7946", "0123456789abcdef", "<b>"))


def test_the_content_needs_its_permission(staff):
    row = QuarantinedEventFactory(raw=encode(EVENT))

    assert "Signed Up" not in staff("view_quarantinedevent").get(page_of(row)).content.decode()


def test_replay_sends_the_event_again_and_notes_when(owner):
    row = QuarantinedEventFactory(raw=encode(EVENT))

    owner.post(reverse("admin:personalize_quarantinedevent_press", args=[row.pk, "replay"]))

    assert waiting() == 1
    assert QuarantinedEvent.objects.get().replayed_at


def test_replaying_many_says_how_many_cannot_be_read(owner):
    rows = [QuarantinedEventFactory(raw=encode(EVENT)), QuarantinedEventFactory(raw=b"\xff")]
    chosen = {"action": "replay", "_selected_action": [row.pk for row in rows]}

    address = reverse("admin:personalize_quarantinedevent_changelist")
    page = owner.post(address, chosen, follow=True).content.decode()

    assert "1 event replayed." in page
    assert "1 cannot be read" in page


def test_replay_needs_its_permission(staff):
    row = QuarantinedEventFactory(raw=encode(EVENT))
    reader = staff("view_quarantinedevent")
    chosen = {"action": "replay", "_selected_action": [row.pk]}

    reader.post(reverse("admin:personalize_quarantinedevent_changelist"), chosen)

    assert waiting() == 0


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"\x91" * 100_000, b"plain"]
)
def test_whatever_the_bytes_are_they_become_text(raw):
    assert isinstance(as_text(raw), str)
