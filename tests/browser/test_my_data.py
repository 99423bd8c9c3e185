"""The page "My data and choices" in a browser: without scripts, and for everybody (U30)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.profile.profile import Profile, encode
from tests.factories import SegmentFactory
from tests.site.conftest import shelves

__all__ = ["shelves"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shelves"),
]
URL = "/personalize/my-data/"


@pytest.fixture
def plain(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser whose owner has switched scripts off."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def become_known(page: Page) -> None:
    """Let the visitor of this browser have a profile."""
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    subject = f"a:{cookies['px'].split('.')[0]}"
    SegmentFactory(name="Keen visitors", slug="keen")
    profile = Profile(
        subject=subject, events=42, session_count=3, traits={"plan": "gold"}, segments={"keen": 1}
    )
    worker_redis().hset(profile_key(subject), "s", encode(profile))


def test_a_visitor_chooses_looks_takes_a_copy_and_erases_without_scripts_U30(plain: Page) -> None:
    plain.goto(URL)
    plain.get_by_label("Statistics:").check()
    plain.get_by_label("Personal pages:").check()
    plain.get_by_role("button", name="Save my choice").first.click()
    assert plain.get_by_text("Your choice is saved.").is_visible()
    assert plain.get_by_label("Statistics:").is_checked()
    assert not plain.get_by_label("Marketing:").is_checked()

    become_known(plain)
    plain.goto(URL)
    assert plain.get_by_text("Keen visitors").is_visible()
    shot(plain, "my-data")
    with plain.expect_download() as started:
        plain.get_by_role("link", name="Download").click()
    assert '"plan": "gold"' in Path(started.value.path()).read_text()

    plain.get_by_label("Erase what is recorded").check()
    plain.get_by_role("button", name="Erase").click()
    assert plain.get_by_text("Your data is erased.").is_visible()
    assert not plain.get_by_text("Keen visitors").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("is_sites_own", [True, False])
def test_axe_finds_nothing_on_it(
    chromium: Browser, live_server: LiveServer, settings, scheme: str, is_sites_own: bool
) -> None:
    if not is_sites_own:  # a site without a template of its own
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    context = chromium.new_context(
        base_url=live_server.url, color_scheme=scheme, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(URL)
    page.get_by_role("button", name="Allow all").last.click()
    page.wait_for_url("**done=saved")
    become_known(page)
    page.goto(URL)
    shot(page, f"my-data-{scheme}-{'site' if is_sites_own else 'plain'}")

    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
