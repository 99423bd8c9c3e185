"""Visits: what is read of whom, as far as consent goes."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from personalize.collect.identity import linked, random_identity
from personalize.render.visit import visit_of
from tests.journeys.visitors import AGREED, FIREFOX, remember

pytestmark = pytest.mark.django_db
NOW = 1_700_000_000_000


@pytest.fixture(autouse=True)
def nobody_held_out(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}


def request_with(rf: RequestFactory, **cookies: str) -> object:
    request = rf.get("/", headers={"user-agent": FIREFOX})
    request.COOKIES.update(cookies)
    return request


def test_visit_of_reads_the_profile_of_who_agreed(rf: RequestFactory) -> None:
    identity = random_identity()
    remember(identity.subject, traits={"city": "Berlin"})
    visit = visit_of(request_with(rf, px=identity.cookie, px_consent=AGREED), now=NOW)
    assert visit.facts
    assert visit.facts.trait("city") == "Berlin"
    assert visit.viewer.visitor == identity.anonymous_id


def test_visit_of_reads_the_users_profile_after_a_log_in(rf: RequestFactory) -> None:
    identity = linked(random_identity(), user_id="7")
    remember("u:7", traits={"city": "Berlin"})
    visit = visit_of(request_with(rf, px=identity.cookie, px_consent=AGREED), now=NOW)
    assert visit.profile
    assert visit.viewer.visitor == identity.anonymous_id  # the arm stays the same


@pytest.mark.parametrize("consent", ["", "1.none", "1.analytics"])
def test_visit_of_recognises_nobody_without_consent(rf: RequestFactory, consent: str) -> None:
    identity = random_identity()
    remember(identity.subject, traits={"city": "Berlin"})
    visit = visit_of(request_with(rf, px=identity.cookie, px_consent=consent), now=NOW)
    assert (visit.profile, visit.identity, visit.facts, visit.viewer.visitor) == (
        None,
        None,
        None,
        "",
    )


def test_visit_of_takes_a_profile_marked_as_a_bot_for_one(rf: RequestFactory) -> None:
    identity = random_identity()
    remember(identity.subject, is_bot=True)
    visit = visit_of(request_with(rf, px=identity.cookie, px_consent=AGREED), now=NOW)
    assert visit.viewer.is_bot


def test_visit_of_takes_the_time_of_day_from_the_visitors_zone(rf: RequestFactory) -> None:
    identity = random_identity()
    cookies = {"px": identity.cookie, "px_consent": AGREED}
    assert visit_of(request_with(rf, **cookies), now=NOW).context["hour"] == 22
    remember(identity.subject, context={"timezone": "Asia/Tokyo"})
    assert visit_of(request_with(rf, **cookies), now=NOW).context["hour"] == 7
