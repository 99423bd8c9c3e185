"""What a visitor's page shows of the profile."""

import pytest

from personalize.admin.profile_page import ProfilePage
from personalize.profile.profile import Profile
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
NESTED = {
    "combinator": "or",
    "not": True,
    "rules": [
        {"field": "trait.plan", "operator": "=", "value": "gold"},
        {"combinator": "and", "rules": [{"field": "session.views", "operator": ">", "value": 3}]},
    ],
}


def page(**fields):
    return ProfilePage(Profile(subject="a:visitor", **fields), now=1_000_000)


def test_every_clause_has_its_words_and_the_value_that_it_met():
    SegmentFactory(slug="nested", rule=NESTED)

    (belonging,) = page(traits={"plan": "silver"}).belongings()

    assert belonging.is_member
    assert (belonging.why.words, belonging.why.negated, belonging.why.matched) == ("or", True, True)
    plan, views = belonging.why.children
    assert (plan.matched, plan.actual) == (False, "silver")
    assert (views.words, views.actual) == ("pages viewed in this session is more than 3", 0)


def test_segments_that_the_visitor_is_in_come_first():
    SegmentFactory(slug="empty", name="A", rule={**NESTED, "rules": [], "not": True})
    SegmentFactory(slug="all", name="B", rule={})

    assert [each.segment.slug for each in page().belongings()] == ["all", "empty"]


def test_since_when_is_taken_from_the_profile():
    SegmentFactory(slug="all")

    (belonging,) = page(segments={"all": 86_400_000}).belongings()

    assert belonging.since.isoformat() == "1970-01-02T00:00:00+00:00"
