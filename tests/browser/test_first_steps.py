"""The first steps and the tracking doctor in Chromium (U17, U18).

With `SCREENSHOTS=folder` each screen is photographed as well.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_admin_accessibility import grave_violations
from tests.browser.test_workbench import visit
from tests.streamed import drain_all, send, view

__all__ = ["visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADMIN = "/admin/personalize"
SCREENS = {
    "first-dashboard": f"{ADMIN}/dashboard/",
    "doctor": f"{ADMIN}/dashboard/doctor/",
    "empty-segments": f"{ADMIN}/segment/",
    "empty-quarantine": f"{ADMIN}/quarantinedevent/",
    "empty-quality": f"{ADMIN}/dataqualityreport/",
}
SEND = """batch => fetch("/personalize/v1/batch", {method: "POST", credentials: "include",
    headers: {"Content-Type": "application/json"}, body: JSON.stringify({batch})})"""


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def unasked(settings) -> None:
    """A site that needs no consent."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_REQUIRED": ()}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_site_at_its_beginning(visit, scheme, console_errors):
    found = []
    for name, address in SCREENS.items():
        page = visit(address)
        page.emulate_media(color_scheme=scheme)
        assert console_errors == []
        shot(page, f"{name}-{scheme}")
        found += [f"{name}: {grave}" for grave in grave_violations(page)]
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        page.set_viewport_size({"width": 1280, "height": 720})
        console_errors.clear()  # axe and the camera write styles that the policy refuses
    assert not found, "\n".join(found)


def test_the_first_event_turns_the_open_page_green_within_five_seconds_U17(visit):
    page = visit(SCREENS["first-dashboard"])
    expect(page.get_by_text("Waiting for the first event…")).to_be_visible()
    page.evaluate("window.isSame = true")

    send(view(event="Page Viewed"))
    drain_all()

    expect(page.get_by_text("The first event is here: Page Viewed.")).to_be_visible(timeout=5_000)
    assert page.evaluate("window.isSame")
    shot(page, "first-event")


def test_the_doctor_follows_ones_own_browser_and_shows_what_failed_U18(visit, unasked):
    page = visit(SCREENS["doctor"])
    page.evaluate(SEND, [{"type": "page", "properties": {"path": "/"}}])
    drain_all()
    row = page.get_by_role("row").filter(has_text="Page Viewed")
    expect(row).to_be_visible(timeout=5_000)

    page.evaluate(SEND, [{"type": "page"}, {"type": "track", "event": 7, "email": "a@b.example"}])

    expect(page.get_by_text("batch[1].event")).to_be_visible(timeout=5_000)
    assert "a@b.example" not in page.content()
    shot(page, "doctor-failed")


def test_the_doctor_finds_no_tracker_where_there_is_none(visit):
    page = visit(SCREENS["doctor"])
    page.fill("#px-path", "/admin/login/")
    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_text("The page has no tracker")).to_be_visible()


def test_the_first_steps_are_put_away_and_brought_back(visit):
    page = visit(SCREENS["first-dashboard"])
    page.get_by_role("button", name="Put the first steps away").click()
    again = page.get_by_role("button", name="Show the first steps again")
    again.click()

    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
