"""The configuration of the background: compiled once, until its version moves."""

import pytest

from personalize.models import EventDefinition, Segment
from personalize.profile.store import read_profile
from personalize.segment.configuration import current_configuration
from tests.streamed import KEEN, VIEWS, drain_all, send, view

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_saved_segment_is_known_to_the_next_batch_and_compiled_once() -> None:
    assert current_configuration().segments.by_slug == {}
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    known = current_configuration()
    assert list(known.segments.by_slug) == ["keen"]
    assert list(known.watch) == [VIEWS.key]
    assert current_configuration() is known


def counted() -> int:
    drain_all()
    profile = read_profile("a:visitor")
    return profile.events if profile else 0


def test_events_of_a_blocked_name_are_left_out_until_it_is_wanted_again() -> None:
    blocked, adopted = EventDefinition.Status.BLOCKED, EventDefinition.Status.ADOPTED
    name = EventDefinition.objects.create(name=view().event, status=blocked)
    send(view(1), view(2, event="Signed Up"))
    assert counted() == 1
    name.status = adopted
    name.save()
    send(view(3))
    assert counted() == 2
