"""Portraits of segments."""

import time
from datetime import timedelta

import pytest

from personalize.connections import worker_redis
from personalize.keys import timeline_key
from personalize.models import SegmentPortrait
from personalize.profile import timeline
from personalize.profile.timeline import Moment
from personalize.segment import portraits
from personalize.segment.portraits import portray
from tests.factories import NOON, MembershipFactory, SegmentFactory, VisitorFactory

pytestmark = pytest.mark.django_db


def member(*segments, paths=(), sessions=1, **context):
    visitor = VisitorFactory(context=context, sessions=sessions)
    for segment in segments:
        MembershipFactory(visitor=visitor, segment=segment)
    now = time.time_ns() // 1_000_000
    for path in paths:
        moment = Moment(now, "Page Viewed", {"path": path})
        worker_redis().lpush(timeline_key(visitor.subject), timeline.encode(moment))
    return visitor


def test_a_portrait_has_size_overlap_composition_and_top_content():
    keen, rich, lonely = (SegmentFactory(slug=slug) for slug in ("keen", "rich", "lonely"))
    member(keen, rich, device="phone", country="DE", sessions=3, paths=["/a/", "/b/", "/a/"])
    member(keen, device="phone", paths=["/a/"])
    member(rich, device="desktop")
    member(device="desktop")

    assert portray(at=NOON) == 3

    portrait = keen.portrait
    assert (portrait.members, portrait.asked, portrait.is_sample) == (2, 4, False)
    assert portrait.shared == {str(rich.pk): 1}
    assert portrait.composition == {
        "device": {"phone": 2},
        "country": {"DE": 1, "": 1},
        "referrer_type": {"": 2},
        "visits": {"returning": 1, "new": 1},
    }
    assert portrait.contents == [{"path": "/a/", "members": 2}]
    assert rich.portrait.shared == {str(keen.pk): 1}
    assert (lonely.portrait.members, lonely.portrait.shared) == (0, {})


def test_those_who_left_and_bots_are_no_members():
    keen = SegmentFactory()
    MembershipFactory(segment=keen, exited_at=NOON + timedelta(hours=1))
    MembershipFactory(segment=keen, visitor=VisitorFactory(is_bot=True))

    portray(at=NOON)

    assert (keen.portrait.members, keen.portrait.asked) == (0, 1)


def test_the_next_portrait_takes_the_place_of_the_last():
    keen = SegmentFactory()
    portray(at=NOON)
    member(keen)
    portray(at=NOON + timedelta(minutes=10))

    portrait = SegmentPortrait.objects.get()
    assert (portrait.members, portrait.made_at) == (1, NOON + timedelta(minutes=10))


def test_a_segment_that_is_not_live_has_none():
    keen = SegmentFactory()
    portray(at=NOON)
    keen.is_live = False
    keen.save()
    portray(at=NOON)

    assert not SegmentPortrait.objects.exists()


def test_of_very_many_visitors_a_sample_is_asked(monkeypatch):
    keen = SegmentFactory()
    for _ in range(8):
        member(keen)
    monkeypatch.setattr(portraits, "MOST_ASKED", 5)

    portray(at=NOON)

    assert (keen.portrait.members, keen.portrait.asked, keen.portrait.is_sample) == (5, 5, True)


def test_it_asks_the_database_as_often_for_many_segments(django_assert_num_queries):
    def queries(number):
        for _ in range(number):
            member(SegmentFactory(), SegmentFactory())
        portray(at=NOON)
        with django_assert_num_queries(5):
            portray(at=NOON)

    queries(2)
    queries(20)
