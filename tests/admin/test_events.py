"""The event registry's screen."""

from django.urls import reverse
from django.utils.html import escape

from personalize.events.standard import STANDARD
from personalize.models import EventDefinition
from tests.factories import EventDefinitionFactory

Status = EventDefinition.Status


def test_unknown_events_are_adopted_by_button_and_by_action(owner):
    first, second = EventDefinitionFactory(), EventDefinitionFactory()
    chosen = {"action": "adopt", "_selected_action": [second.pk]}

    owner.post(reverse("admin:personalize_eventdefinition_press", args=[first.pk, "adopt"]))
    owner.post(reverse("admin:personalize_eventdefinition_changelist"), chosen)

    kept = EventDefinition.objects.filter(pk__in=[first.pk, second.pk])
    assert {row.status for row in kept} == {Status.ADOPTED}


def test_a_property_without_a_known_type_is_refused(owner):
    row = EventDefinitionFactory(status=Status.ADOPTED)
    address = reverse("admin:personalize_eventdefinition_change", args=[row.pk])
    form = {"status": "adopted", "description": "", "properties": '{"price": {"type": "money"}}'}

    assert "price: type: expected" in owner.post(address, form).content.decode()


def test_what_the_standard_says_is_not_for_the_site_to_change(owner):
    row = EventDefinitionFactory(status=Status.STANDARD, description="Standard")
    address = reverse("admin:personalize_eventdefinition_change", args=[row.pk])

    owner.post(address, {"status": "blocked", "description": "Other", "properties": "{}"})

    row.refresh_from_db()
    assert (row.status, row.description) == (Status.BLOCKED, "Standard")


def test_the_list_takes_the_same_queries_for_one_event_and_for_ten(
    owner, django_assert_num_queries
):
    address = reverse("admin:personalize_eventdefinition_changelist")
    EventDefinition.objects.all().delete()
    EventDefinitionFactory.create_batch(10)
    owner.get(address)

    with django_assert_num_queries(6):
        owner.get(address)


def test_what_a_standard_event_tells_is_shown(owner):
    row = EventDefinition.objects.get(name="Order Completed")
    page = owner.get(reverse("admin:personalize_eventdefinition_change", args=[row.pk]))

    assert STANDARD["Order Completed"].indicator
    assert escape(STANDARD["Order Completed"].indicator) in page.content.decode()
