"""The event registry."""

import pytest

from personalize.events.standard import STANDARD
from personalize.models import EventDefinition
from personalize.models.event_definition import register_standard_events
from tests.factories import EventDefinitionFactory

pytestmark = pytest.mark.django_db
Status = EventDefinition.Status


def test_every_standard_event_is_registered_with_its_properties():
    EventDefinition.objects.all().delete()

    register_standard_events()

    rows = {row.name: row for row in EventDefinition.objects.all()}
    assert rows.keys() == STANDARD.keys()
    product_id = rows["Product Viewed"].properties["product_id"]
    assert (product_id["type"], product_id["required"]) == ("text", True)


def test_registering_again_keeps_volumes_and_what_people_blocked():
    EventDefinition.objects.filter(name="Page Viewed").delete()
    EventDefinitionFactory(name="Page Viewed", status=Status.BLOCKED, volume=7, description="Ours")

    register_standard_events()

    row = EventDefinition.objects.get(name="Page Viewed")
    assert (row.status, row.volume) == (Status.BLOCKED, 7)
    assert row.description == STANDARD["Page Viewed"].description


def test_an_unknown_event_that_became_standard_is_standard():
    EventDefinition.objects.filter(name="Page Viewed").delete()
    EventDefinitionFactory(name="Page Viewed")

    register_standard_events()

    assert EventDefinition.objects.get(name="Page Viewed").status == Status.STANDARD


def test_only_unknown_events_are_adopted():
    unknown, blocked = EventDefinitionFactory(), EventDefinitionFactory(status=Status.BLOCKED)

    unknown.adopt()
    blocked.adopt()

    assert (unknown.status, blocked.status) == (Status.ADOPTED, Status.BLOCKED)
