"""The link that no person sees."""

import pytest

from personalize.collect.honeypot import EVENT
from tests.views.test_collect import stored, visitor  # noqa: F401

pytestmark = pytest.mark.django_db
ADDRESS = "/personalize/more/"


@pytest.fixture
def known(visitor):  # noqa: F811
    """Return a visitor who has a cookie already."""
    visitor.get("/personalize/pixel.gif", {"event": "First"})
    return visitor


def followed():
    return [event for event in stored() if event.event == EVENT]


def test_who_follows_is_noted_and_finds_nothing(known):
    response = known.get(ADDRESS, headers={"referer": "http://testserver/news/"})
    (event,) = followed()
    assert event.anonymous_id == stored()[0].anonymous_id
    assert event.context["page"]["url"] == "http://testserver/news/"
    assert (response.status_code, response.headers["X-Robots-Tag"]) == (200, "noindex, nofollow")


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-purpose": "prefetch;prerender"}]
)
def test_no_other_site_and_no_fetching_ahead_makes_a_visitor_a_bot(known, headers):
    assert known.get(ADDRESS, headers=headers).status_code == 200
    assert followed() == []


def test_who_has_no_cookie_is_nobody_to_remember(visitor):  # noqa: F811
    response = visitor.get(ADDRESS)
    assert (stored(), response.cookies) == ([], {})
