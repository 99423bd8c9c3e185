"""No screen asks the database more often because there is more in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from personalize.models import Segment, Slot
from tests.factories import (
    ArmFactory,
    ExperimentFactory,
    MembershipFactory,
    PlacementFactory,
    SegmentFactory,
    SegmentPortraitFactory,
    SegmentSizeFactory,
    ShowingFactory,
    SlotFactory,
    TallyFactory,
    TraitFactory,
    VariantFactory,
)

MOST = 15
LISTS = ("dashboard", "segment", "slot", "variant", "experiment", "visitor", "trait")
SCREENS = (
    *(f"{name}_changelist" for name in LISTS),
    "segment_matrix",
    "segment_templates",
    "segment_add",
    "segment_change",
    "slot_change",
    "slot_shown",
)


def grow(number: int) -> None:
    now = timezone.now()
    for _ in range(number):
        rule = {"field": "segments", "operator": "=", "value": f"other-{number}"}
        segment = SegmentFactory(rule=rule)
        SegmentSizeFactory(segment=segment, counted_at=now - timedelta(minutes=1), visitors=3)
        SegmentPortraitFactory(segment=segment, members=3)
        MembershipFactory(segment=segment)
        slot = SlotFactory()
        TraitFactory()
        for _ in range(3):
            variant = VariantFactory(slot=slot, audience=rule, is_live=True)
            showing = ShowingFactory(slot=slot.key, variant=str(variant.uuid))
            PlacementFactory(slot=slot.key)
            for metric in ("served", "seen", "clicked"):
                TallyFactory(metric=metric, key=showing.exposure, hour=now)
        experiment = ExperimentFactory(slot=slot, audience=rule)
        ArmFactory(experiment=experiment)
        ArmFactory(experiment=experiment)
    VariantFactory.create_batch(number, slot=Slot.objects.order_by("pk")[0])
    shared = {str(pk): 1 for pk in Segment.objects.values_list("pk", flat=True)}
    first = Segment.objects.order_by("pk")[0]
    first.portrait.shared = shared
    first.portrait.save()


def address_of(screen: str) -> str:
    rows = {"segment_change": Segment, "slot_change": Slot}
    if screen in rows:
        first = rows[screen].objects.order_by("pk")[0]
        return reverse(f"admin:personalize_{screen}", args=[first.pk])
    return reverse(f"admin:personalize_{screen}")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_asks_as_often_for_much_as_for_little_and_not_often(owner, screen):
    numbers = []
    for more in (2, 28):
        grow(more)
        owner.get(address_of(screen))  # what is remembered for a process
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(address_of(screen)).status_code == 200
        numbers.append(len(queries))
        found = [query["sql"][:150] for query in queries]

    assert numbers[0] == numbers[1], "\n".join(found)
    assert numbers[1] <= MOST, "\n".join(found)
