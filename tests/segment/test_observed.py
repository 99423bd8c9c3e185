"""What was seen lately: types and values, and none that only one visitor has."""

import time
from typing import Any

import pytest

from personalize.models import PropertyStatistics, Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen as Ids
from personalize.profile.store import Change, save
from personalize.profile.timeline import MOST_TEXT, Moment
from personalize.segment.observed import Seen, observed
from tests.factories import PropertyStatisticsFactory, VisitorFactory

pytestmark = pytest.mark.django_db


def visit(subject: str, *properties: dict[str, Any]) -> None:
    at = time.time_ns() // 1_000_000
    profile = Profile(subject, events=1, first_seen_at=at, last_seen_at=at)
    moments = [Moment(at, "Product Viewed", each) for each in properties]
    save([Change(profile, Ids(), "1", moments=moments)], partition=0)
    write_rows([profile])


def test_properties_are_those_of_recent_events() -> None:
    visit("a:1", {"category": "shoes", "price": 5}, {"category": "hats"})
    visit("a:2", {"category": "shoes", "sold_out": True, "note": "x" * MOST_TEXT})
    visit("a:3", {"category": "hats", "price": 5}, {"category": "hats"})
    visit("a:4", {"category": "shoes"})
    found = observed().properties
    assert found["Product Viewed", "category"] == Seen("text", ["shoes", "hats"])
    assert found["Product Viewed", "price"] == Seen("number", [5])
    assert found["Product Viewed", "sold_out"] == Seen("boolean", [])
    assert ("Product Viewed", "note") not in found


def test_what_one_visitor_has_is_nobody_elses_to_see() -> None:
    VisitorFactory(traits={"email": "anna@example.org"})
    visit("a:1", {"query": "mine"}, {"query": "mine"})
    found = observed()
    assert found.fields["trait.email"] == Seen("text", [])
    assert found.properties["Product Viewed", "query"] == Seen("text", [])


def test_values_of_several_types_may_be_anything() -> None:
    for value in (1, "1", "1", 1, True):
        VisitorFactory(traits={"odd": value})
    assert observed().fields["trait.odd"] == Seen("any", [1, "1"])


def test_bots_are_not_asked() -> None:
    VisitorFactory.create_batch(2, traits={"plan": "gold"}, is_bot=True)
    assert observed().fields == {}


def test_the_lakes_most_frequent_value_is_known_without_a_recent_visit() -> None:
    PropertyStatisticsFactory(event="Order Completed", property="currency", mode="EUR")
    PropertyStatisticsFactory(event="Order Completed", property="total", mode=None)
    assert PropertyStatistics.objects.count() == 2
    assert Visitor.objects.count() == 0
    assert observed().properties == {("Order Completed", "currency"): Seen("text", ["EUR"])}
