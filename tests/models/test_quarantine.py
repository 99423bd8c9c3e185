"""Many quarantined events: chosen, replayed and discarded, and counted."""

from datetime import timedelta

import pytest

from personalize.models import QuarantinedEvent, Tally
from tests.factories import NOON, QuarantinedEventFactory

pytestmark = pytest.mark.django_db


def counted(metric: str) -> dict[str, int]:
    return dict(Tally.objects.filter(metric=metric).values_list("key", "count"))


def test_waiting_ones_are_counted_when_they_are_discarded():
    QuarantinedEventFactory(source="shop", received_at=NOON)
    QuarantinedEventFactory(source="shop", received_at=NOON, replayed_at=NOON)
    QuarantinedEventFactory(source="", received_at=NOON)  # of the system
    QuarantinedEventFactory(source="shop", received_at=None)  # from before times were kept

    assert QuarantinedEvent.objects.all().discard() == 4
    assert counted("discarded") == {"shop": 1}
    assert Tally.objects.get(metric="discarded").hour == NOON


def test_what_is_replayed_twice_is_counted_once():
    QuarantinedEventFactory(source="shop", received_at=NOON)
    for minutes in range(2):
        QuarantinedEvent.objects.all().note_replayed(at=NOON + timedelta(minutes=minutes))

    assert counted("replayed") == {"shop": 1}
    assert not QuarantinedEvent.objects.waiting().exists()


def test_they_are_chosen_by_reason_source_and_time():
    for reason, source, hours in (("invalid", "shop", 0), ("failed", "till", 5)):
        at = NOON + timedelta(hours=hours)
        QuarantinedEventFactory(reason=reason, source=source, received_at=at)

    rows = QuarantinedEvent.objects
    assert rows.chosen().count() == 2
    assert rows.chosen(reason="invalid").get().source == "shop"
    assert rows.chosen(source="till", since=NOON + timedelta(hours=1)).get().reason == "failed"
    assert not rows.chosen(reason="invalid", source="till").exists()
