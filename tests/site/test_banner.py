"""The consent banner: who is asked."""

import pytest
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shelves"),
]


@pytest.mark.parametrize(
    ("choice", "is_asked"),
    [("", True), ("2.none", False), ("2.analytics", False), ("1.analytics", True), ("2", True)],
)
def test_the_banner_comes_back_for_a_new_wording(
    chromium: Browser, live_server: LiveServer, settings: Settings, choice: str, is_asked: bool
) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_VERSION": "2"}
    context = chromium.new_context(base_url=live_server.url)
    if choice:
        context.add_cookies([{"name": "px_consent", "value": choice, "url": live_server.url}])
    page = context.new_page()
    page.goto("/account/log-in/", wait_until="load")
    assert page.locator("#consent").is_visible() is is_asked
    if is_asked:
        assert page.locator("#consent :checked").count() == 0
    context.close()
