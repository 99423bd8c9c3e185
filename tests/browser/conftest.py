"""A site for the tracker to run on, and the admin with a rule to edit."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route

from personalize.models import Segment
from personalize.models.event_definition import register_standard_events
from tests.browser.recorder import Recorder
from tests.factories import SegmentFactory, UserFactory

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"


@pytest.fixture
def site() -> Iterator[Recorder]:
    """A small site whose endpoint records what the tracker sends."""
    recorder = Recorder()
    yield recorder
    recorder.stop()


@pytest.fixture
def keen(db: None) -> Segment:
    register_standard_events()
    return SegmentFactory(name="Keen visitors", slug="keen", rule={})


@pytest.fixture
def signed_in(live_server: object, context: BrowserContext) -> BrowserContext:
    """The editor's browser."""
    client = Client()
    client.force_login(UserFactory(username="editor", is_superuser=True))
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": str(live_server)}])
    return context


def strict(route: Route) -> None:
    if route.request.resource_type == "document":
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": CSP})
    else:
        route.continue_()


@pytest.fixture
def opened(
    live_server: object, signed_in: BrowserContext, page: Page
) -> Callable[[str, str], Page]:
    """Return what opens a screen under a strict CSP, once its rule builder is there."""
    page.route("**/admin/**", strict)

    def open_screen(address: str, field: str) -> Page:
        page.goto(f"{live_server}{address}")
        page.wait_for_selector(f"#id_{field}[hidden]", state="attached")
        return page

    return open_screen


@pytest.fixture
def stored(opened: Callable[[str, str], Page], keen: Segment) -> Callable[[Any], Page]:
    """Return what stores a rule, and opens its segment's screen."""
    segment = SegmentFactory(name="Chosen", slug="chosen", rule={})

    def open_segment(rule: Any) -> Page:
        Segment.objects.filter(pk=segment.pk).update(rule=rule)
        return opened(reverse("admin:personalize_segment_change", args=[segment.pk]), "rule")

    return open_segment
