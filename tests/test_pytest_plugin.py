"""The fixtures that pytest finds by itself."""

import pytest

from personalize.pytest_plugin import captured_events, see_as
from tests.test_testing import site

__all__ = ["captured_events", "see_as", "site"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.test_testing")]


def test_events_of_the_test_are_a_list_that_grows(client, captured_events):
    client.post("/personalize/v1/track", {"event": "A"}, content_type="application/json")
    assert [each.event for each in captured_events] == ["A"]


def test_pages_are_seen_by_whom_one_says(client, see_as):
    see_as("keen")
    assert "Welcome back" in client.get("/").content.decode()
