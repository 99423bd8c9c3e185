"""The tracker against the endpoint itself, from the script tag to the stream."""

import time

import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from personalize.events.event import Event
from personalize.models.consent import ConsentRecord
from personalize.stream.protocol import current_stream

WAIT_SECONDS = 20


def streamed(*, count: int) -> list[Event]:
    """Take the events off the stream, as soon as there are so many."""
    stream, found = current_stream(), list[Event]()
    deadline = time.monotonic() + WAIT_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        for partition in range(stream.partitions):
            entries = stream.read(partition, limit=99)
            found += [entry.event for entry in entries if entry.event]
            stream.acknowledge(partition, [entry.position for entry in entries])
        time.sleep(0.05)
    return sorted(found, key=lambda event: event.timestamp)


@pytest.fixture
def endpoint(live_server: LiveServer, settings: Settings) -> str:
    """The address of a site with the tracker in its page."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    return live_server.url


@pytest.mark.django_db(transaction=True)
def test_events_arrive_on_the_stream_as_one_visitors_after_consent(
    endpoint: str, page: Page
) -> None:
    page.goto(endpoint)
    page.wait_for_selector("[data-pz-slot=hero]:not([aria-busy]) >> text=Default")
    assert page.context.cookies() == []

    assert page.evaluate("personalize.consent({analytics: true})") == ["analytics"]
    page.evaluate("personalize.track('Product Viewed', {product_id: 'b1'})")
    viewed_page, viewed = streamed(count=2)

    assert (viewed_page.event, viewed.event) == ("Page Viewed", "Product Viewed")
    assert viewed.properties == {"product_id": "b1"}
    assert viewed.anonymous_id == viewed_page.anonymous_id != ""
    assert sorted(cookie["name"] for cookie in page.context.cookies()) == ["px", "px_consent"]
    assert ConsentRecord.objects.get().anonymous_id == viewed.anonymous_id
