"""The record of entries and exits: complete, in order, and the same when it is written twice."""

from datetime import UTC, datetime

import pytest

from personalize.models import Membership, Segment, Visitor
from personalize.segment.memberships import write_rows
from personalize.segment.refresh import Transition

pytestmark = pytest.mark.django_db
ENTERED = Transition("a:visitor", "keen", 1_000)
EXITED = Transition("a:visitor", "keen", 1_000, 5_000)


@pytest.fixture(autouse=True)
def known() -> None:
    now = datetime.now(UTC)
    Visitor.objects.create(subject="a:visitor", first_seen_at=now, last_seen_at=now)
    Segment.objects.create(name="Keen", slug="keen")


def test_a_stay_is_one_row() -> None:
    write_rows([ENTERED])
    assert Membership.objects.get().exited_at is None
    write_rows([EXITED, Transition("a:visitor", "keen", 9_000)])
    write_rows([EXITED, Transition("a:visitor", "keen", 9_000)])
    exits = Membership.objects.order_by("entered_at").values_list("exited_at", flat=True)
    assert list(exits) == [datetime.fromtimestamp(5, UTC), None]


def test_an_entry_and_exit_in_one_go_are_one_row() -> None:
    write_rows([ENTERED, EXITED])
    assert Membership.objects.get().exited_at


def test_who_and_what_is_gone_is_left_out() -> None:
    write_rows([Transition("a:gone", "keen", 1), Transition("a:visitor", "gone", 1)])
    assert not Membership.objects.exists()


def test_a_stay_that_ends_as_it_begins_is_none() -> None:
    write_rows([ENTERED])
    write_rows([Transition("a:visitor", "keen", 1_000, 1_000)])
    assert not Membership.objects.exists()
