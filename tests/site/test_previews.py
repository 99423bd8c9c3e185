"""In Chromium: an editor looks as somebody else, while a visitor gets their own page (U7, U11).

With `SCREENSHOTS=folder` what they see is photographed.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from personalize.measure.exposures import buffer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("alder"),
]

GRAVE = {"serious", "critical"}
ON_THE_PHONE = "Reading on the go?"
AGREED = "1.analytics.personalization.marketing"


@pytest.fixture
def editor(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """The browser of an editor who is logged in, and agreed to everything."""
    context = chromium.new_context(base_url=live_server.url)
    client = Client()
    client.force_login(User.objects.get(username="editor"))
    session = client.cookies["sessionid"].value
    for name, value in (("sessionid", session), ("px_consent", AGREED)):
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def visitor(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """The browser of a visitor who agreed to everything."""
    context = chromium.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "px_consent", "value": AGREED, "url": live_server.url}])
    yield context
    context.close()


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png")


def grave_violations(page: Page, within: str = "html") -> list[str]:
    found = Axe().run(page, context=within).response["violations"]
    grave = [each for each in found if each["impact"] in GRAVE]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in grave]


@pytest.mark.timeout(300)
def test_an_editor_looks_as_somebody_else_and_a_visitor_sees_their_own(
    editor: BrowserContext, visitor: BrowserContext
) -> None:
    sent: list[str] = []
    page, other = editor.new_page(), visitor.new_page()
    page.on("request", lambda request: sent.append(request.url))
    page.goto("/admin/personalize/viewas/?to=/")
    photograph(page, "view-as-form")
    assert grave_violations(page) == []
    page.get_by_label("Customers").check()
    page.get_by_label("High intent").check()
    page.select_option("#id_device", "mobile")
    page.fill("#id_at", "2026-12-24T10:00")
    page.fill("#id_traits", "first_name: Ada")
    page.get_by_role("button", name="View the page").click()
    page.wait_for_url("**/")
    bar = page.locator("[data-pz-preview]")
    assert "in “Customers” · in “High intent” · device: mobile · first_name: Ada" in (
        bar.inner_text()
    )
    assert "Hello Ada" in page.inner_text("body")
    assert page.get_by_text(ON_THE_PHONE).is_visible()
    photograph(page, "view-as-page")
    page.get_by_role("button", name="Why?").click()
    page.wait_for_load_state()
    assert bar.locator("details.px-slot").count() > 0
    photograph(page, "view-as-why")
    assert grave_violations(page, "[data-pz-preview]") == []
    page.set_viewport_size({"width": 390, "height": 844})
    photograph(page, "view-as-phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390

    other.goto("/")
    assert other.locator("[data-pz-preview]").count() == 0
    assert other.get_by_text(ON_THE_PHONE).count() == 0
    assert "Ada" not in other.inner_text("body")

    page.get_by_role("button", name="End").click()
    page.wait_for_load_state()
    assert bar.count() == 0
    previewed = sent[: next(i for i, url in enumerate(sent) if url.endswith("preview/end"))]
    assert [url for url in previewed if "/v1/batch" in url] == []
    assert all(event.anonymous_id for event in buffer.waiting())


@pytest.mark.timeout(300)
def test_the_toolbar_tells_why_and_ends(editor: BrowserContext) -> None:
    page = editor.new_page()
    page.goto("/?edit")
    for item, is_there in (("Why do I see this?", True), ("End this view", False)):
        page.locator(".cms-toolbar").get_by_text("Personalization", exact=True).click()
        with page.expect_navigation():
            page.get_by_role("link", name=item).click()
        assert (page.get_by_text("You view this page as yourself").count() == 1) is is_there
