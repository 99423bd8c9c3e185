"""The screens of the reference site with its simulated visitors, photographed for the docs.

With `PICTURES=docs/images` the pictures are taken anew: `make pictures`.
"""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from personalize import tasks
from personalize.measure.health import give_sign
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screens() -> dict[str, str]:
    """The demo's site, and the addresses of its screens by the names of the pictures."""
    call_command("personalize_demo", visitors=60, verbosity=0)
    tasks.count_segments()
    tasks.portray_segments()
    give_sign("worker")
    give_sign("beat")
    return {
        "dashboard": reverse("admin:personalize_dashboard_changelist"),
        "matrix": reverse("admin:personalize_segment_matrix"),
        "quality": reverse("admin:personalize_dataqualityreport_changelist"),
    }


@pytest.fixture
def screen(live_server: LiveServer, context: BrowserContext) -> Page:
    """A page of somebody who may see every screen."""
    client = Client()
    client.force_login(User.objects.create_superuser("owner"))
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    return page


@pytest.mark.timeout(600)
def test_every_screen_of_a_site_in_use_has_its_numbers(
    screens: dict[str, str], screen: Page, live_server: LiveServer
) -> None:
    screen.goto(f"{live_server.url}{screens['dashboard']}")
    screen.get_by_role("button", name="Put the first steps away").click()
    for name, address in screens.items():
        screen.goto(f"{live_server.url}{address}", wait_until="networkidle")
        assert screen.locator("table").count() > 0
        picture(screen, f"screen-{name}")
    screen.emulate_media(color_scheme="dark")
    screen.goto(f"{live_server.url}{screens['dashboard']}", wait_until="networkidle")
    picture(screen, "screen-dashboard-dark")
