"""What a page served: one entry on the stream, an event a slot in everything behind it."""

import pytest

from personalize.clean.erased import bury
from personalize.events.event import Event, decode, encode
from personalize.events.served import number_of_parts, parts_of, served_event
from personalize.models import EventDefinition, QuarantinedEvent, Tally
from personalize.profile import store
from personalize.tasks import flush
from tests.streamed import drain_all, now, send, view

SLOTS = [{"slot": "hero", "variant": "a"}, {"slot": "teaser", "variant": "b"}]


def page(name: str = "1", **changes: str) -> Event:
    who = {"anonymous_id": "visitor", "user_id": "", **changes}
    return served_event(name, SLOTS, at=now(), path="/", **who)


def counts() -> dict[str, int]:
    flush()
    rows = Tally.objects.filter(key="system")
    found = {row.metric: row.count for row in rows}
    assert found.pop("accepted") == sum(found.values())
    return found


def test_a_page_is_taken_apart_into_an_event_a_slot():
    first, second = parts_of(decode(encode(page())))
    assert (first.type, first.event) == ("track", "Variant Served")
    assert [first.properties, second.properties] == SLOTS
    assert (first.message_id, second.message_id) == ("served-1-0", "served-1-1")
    assert number_of_parts(page()) == 2


def test_any_other_event_is_its_own_part():
    (only,) = parts_of(view(1))
    assert only.message_id == "view-1"
    assert number_of_parts(view(1)) == 1


@pytest.mark.django_db(transaction=True)
class TestInThePipeline:
    def test_each_slot_takes_effect_once(self):
        send(view(1), page(), page())
        drain_all()
        moments = [moment.event for moment in store.read_timeline("a:visitor")]
        assert moments.count("Variant Served") == 2
        assert counts() == {"stored": 2, "duplicates": 2}
        exposures = Tally.objects.get(metric="exposures", key="Variant Served")
        assert exposures.count == 2

    def test_each_slot_of_somebody_erased_is_accounted_for(self):
        bury("a:visitor")
        send(page())
        drain_all()
        assert counts() == {"erased": 2}

    def test_each_slot_under_a_blocked_name_is_accounted_for(self):
        EventDefinition.objects.update_or_create(
            name="Variant Served", defaults={"status": "blocked"}
        )
        send(page())
        drain_all()
        assert counts() == {"blocked": 2}

    def test_a_slot_that_cannot_be_believed_is_quarantined_alone(self):
        declared = {"variant": {"type": "text", "missing": "quarantine"}}
        EventDefinition.objects.update_or_create(
            name="Variant Served", defaults={"properties": declared}
        )
        slots = [SLOTS[0], {"slot": "without"}]
        send(served_event("1", slots, at=now(), anonymous_id="visitor", user_id="", path="/"))
        drain_all()
        assert counts() == {"stored": 1, "quarantined": 1}
        (row,) = QuarantinedEvent.objects.all()
        assert decode(bytes(row.raw)).message_id == "served-1-1"
