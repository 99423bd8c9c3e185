"""From visitor to user through the stream: everything once, and no second entry anywhere."""

import time
from typing import Any

import pytest

from personalize.models import (
    IdentityLink,
    Membership,
    Segment,
    Tally,
    Visitor,
)
from personalize.profile import links, store
from personalize.signals import segment_entered
from personalize.tasks import flush
from tests.streamed import KEEN, drain_all, link, send, view, views_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keen() -> Segment:
    return Segment.objects.create(name="Keen", slug="keen", rule=KEEN)


def test_a_linked_visitors_profile_becomes_the_users(keen: Segment) -> None:
    send(view(1), view(2), link(), view(3))
    send(view(4, user_id="7"))
    for _ in range(3):  # the hand-over and the late event go through the stream
        drain_all()
    flush()
    assert views_of("u:7") == 4
    profile = store.read_profile("a:visitor")
    assert profile
    assert profile.merged_into == "u:7"
    assert [row.subject for row in Visitor.objects.all()] == ["u:7"]
    assert IdentityLink.objects.get().proof == "login"


def test_unlinking_restores_the_visitors_profile(keen: Segment) -> None:
    send(view(1), view(2), link())
    drain_all()
    row = IdentityLink.objects.get()
    links.unlink(row)
    send(view(3))
    drain_all()
    flush()
    row.refresh_from_db()
    assert row.undone_at
    assert views_of("a:visitor") == 3
    assert Visitor.objects.filter(subject="a:visitor").exists()


def test_a_linked_visitors_event_sent_again_after_log_in_counts_once(keen: Segment) -> None:
    send(view(1), link())
    drain_all()
    drain_all()
    send(view(1, user_id="7"))
    drain_all()
    assert views_of("u:7") == 1


def test_a_log_in_is_no_second_entry_and_the_stay_goes_on(keen: Segment) -> None:
    told: list[str] = []

    def receive(**said: Any) -> None:
        told.append(said["subject"])

    segment_entered.connect(receive)
    send(*(view(number) for number in range(3)))
    drain_all()
    flush()
    entered_at = Membership.objects.get().entered_at
    send(link())
    drain_all()
    drain_all()
    flush()
    segment_entered.disconnect(receive)
    assert told == ["a:visitor"]
    stay = Membership.objects.get()
    assert (stay.visitor.subject, stay.entered_at) == ("u:7", entered_at)
    assert stay.exited_at is None
    assert Tally.objects.get(metric="entered").count == 1


def test_a_stay_that_began_before_the_log_in_stands_for_the_users_own(keen: Segment) -> None:
    send(*(view(number) for number in range(3)))
    drain_all()
    time.sleep(0.002)
    send(*(view(number, user_id="7") for number in range(5, 8)))
    drain_all()
    flush()
    first = Membership.objects.get(visitor__subject="a:visitor").entered_at
    send(link())
    drain_all()
    drain_all()
    flush()
    stay = Membership.objects.get()
    assert (stay.visitor.subject, stay.entered_at) == ("u:7", first)
