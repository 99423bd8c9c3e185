"""The record of stays is held against what the profile says."""

from datetime import UTC, datetime

import pytest

from personalize.connections import worker_redis
from personalize.history.stays import corrections, open_stays
from personalize.keys import dirty_key, shard_of
from personalize.models import Segment
from personalize.models.segment import Membership
from personalize.profile.profile import Profile
from personalize.segment.memberships import encode
from personalize.segment.refresh import Transition
from tests.factories import VisitorFactory

VISITOR = "a:visitor"


@pytest.fixture
def keen(db: None) -> Segment:
    """Let the visitor's row be keen since a second after the epoch."""
    segment = Segment.objects.create(name="Keen", slug="keen", rule={})
    visitor = VisitorFactory(subject=VISITOR)
    Membership.objects.create(
        visitor=visitor, segment=segment, entered_at=datetime.fromtimestamp(1, UTC)
    )
    return segment


def test_open_stays_are_those_of_the_database(keen: Segment) -> None:
    assert open_stays([VISITOR, "a:stranger"]) == {VISITOR: {"keen": 1_000}}


def test_a_row_that_is_about_to_be_written_is_no_record(keen: Segment) -> None:
    worker_redis().sadd(dirty_key(shard_of(VISITOR)), VISITOR)
    assert open_stays([VISITOR]) == {}


def test_what_differs_is_corrected() -> None:
    profile = Profile(VISITOR, segments={"buyers": 5})
    moves = corrections(profile, {"keen": 1_000}, now=9)
    assert moves == [
        encode(Transition(VISITOR, "keen", 1_000, 9)),
        encode(Transition(VISITOR, "buyers", 5)),
    ]
    assert corrections(profile, {"buyers": 5}, now=9) == []
    assert corrections(profile, None, now=9) == []
