"""The matrix, the templates, the segment's, the slot's and the overview's figures in Chromium.

With `SCREENSHOTS=folder` each screen is photographed as well.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route

from personalize.measure.health import give_sign
from personalize.models import Segment
from personalize.segment.templates import TEMPLATES
from tests.factories import (
    ExperimentFactory,
    PlacementFactory,
    SegmentFactory,
    SegmentPortraitFactory,
    SegmentSizeFactory,
    ShowingFactory,
    SlotFactory,
    TallyFactory,
    UserFactory,
    VariantFactory,
)

pytestmark = pytest.mark.browser

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
GRAVE = {"serious", "critical"}


@pytest.fixture
def addresses(db: None) -> dict[str, str]:
    """A site in use: the address of each screen by its name."""
    segments = _segments()
    slot = _slot()
    give_sign("worker")
    give_sign("beat")
    return {
        "overview": reverse("admin:personalize_dashboard_changelist"),
        "matrix": reverse("admin:personalize_segment_matrix"),
        "templates": reverse("admin:personalize_segment_templates"),
        "segments": reverse("admin:personalize_segment_changelist"),
        "segment": reverse("admin:personalize_segment_change", args=[segments[0].pk]),
        "slot": reverse("admin:personalize_slot_change", args=[slot.pk]),
        "slot-of-a-template": reverse("admin:personalize_slot_shown") + "?slot=teaser",
    }


def _segments() -> list[Segment]:
    now = timezone.now()
    segments = [
        SegmentFactory(name=str(template.name), slug=template.slug, rule=template.rule)
        for template in TEMPLATES
    ]
    keys = [segment.pk for segment in segments]
    for number, segment in enumerate(segments):
        for days in range(30):
            at = now - timedelta(days=days, minutes=2)
            visitors = 4_000 - 300 * number - 40 * days
            SegmentSizeFactory(segment=segment, counted_at=at, visitors=visitors)
        SegmentPortraitFactory(
            segment=segment,
            made_at=now - timedelta(minutes=4),
            asked=20_000,
            is_sample=True,
            members=1_000,
            shared={str(pk): pk * 137 % 1_000 for pk in keys if pk != segment.pk},
            composition={
                "device": {"mobile": 700, "desktop": 250, "": 50},
                "country": {"DE": 600, "AT": 300, "CH": 100},
                "referrer_type": {"search": 500, "direct": 500},
                "visits": {"returning": 800, "new": 200},
            },
            contents=[{"path": "/shop/boots/", "members": 61}, {"path": "/", "members": 40}],
        )
    for days in range(30):
        for metric, count in (("entered", 50 + days), ("exited", 20 + days % 7)):
            hour = now - timedelta(days=days)
            TallyFactory(metric=metric, key=segments[0].slug, hour=hour, count=count)
    return segments


def _slot() -> object:
    slot = SlotFactory(key="hero", name="Hero of the home page")
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    experiment = ExperimentFactory(slot=slot, name="Warmer welcome")
    variants = [VariantFactory(slot=slot, name=name) for name in ("For readers", "For phones")]
    today = midnight.date()
    shown = [
        ShowingFactory(slot="hero", variant=str(each.uuid), last_served_on=today)
        for each in variants
    ]
    arm = {"experiment": str(experiment.uuid), "reason": "split", "last_served_on": today}
    shown.append(ShowingFactory(slot="hero", variant=str(variants[0].uuid), arm="warm", **arm))
    shown.append(ShowingFactory(slot="hero", reason="holdout", last_served_on=today))
    shown.append(ShowingFactory(slot="teaser", variant="vip", last_served_on=today))
    for number, showing in enumerate(shown):
        for days in range(30):
            served = 400 - 70 * number + (days * 37) % 90
            counts = {"served": served, "reached": served // 2, "seen": served // 2}
            for metric, count in {**counts, "clicked": served // 25}.items():
                hour = midnight - timedelta(days=days)
                TallyFactory(metric=metric, key=showing.exposure, hour=hour, count=count)
    for path, served in (("/", 9_000), ("/magazine/", 4_000), ("/shop/", 2_000), ("/a/", 1)):
        PlacementFactory(slot="hero", path=path, served=served, last_served_on=today)
    PlacementFactory(slot="teaser", path="/shop/boots/", served=100, last_served_on=today)
    return slot


@pytest.fixture
def visit(live_server: object, context: BrowserContext, page: Page) -> Callable[[str], Page]:
    """Return what opens a screen as somebody who may see it, under a strict CSP."""
    client = Client()
    client.force_login(UserFactory(username="owner", is_superuser=True))
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": str(live_server)}])

    def strict(route: Route) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": CSP})

    page.route("**/admin/**", strict)

    def opened(address: str) -> Page:
        page.goto(f"{live_server}{address}")
        return page

    return opened


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, addresses, scheme, console_errors):
    found = []
    for name, address in addresses.items():
        page = visit(address)
        page.emulate_media(color_scheme=scheme)
        assert console_errors == []
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
        found += [
            f"{name}: {each['id']} {each['nodes'][0]['html']}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in GRAVE
        ]
        console_errors.clear()  # axe and the camera write styles that the policy refuses

    assert not found, "\n".join(found)


@pytest.mark.timeout(300)
def test_nothing_sticks_out_of_a_phone_or_at_twice_the_size(visit, addresses):
    for name, address in addresses.items():
        page = visit(address)
        for width in (360, 640):  # a phone; 1280 at 200 %
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if folder := os.environ.get("SCREENSHOTS"):
            page.set_viewport_size({"width": 360, "height": 740})
            page.screenshot(path=Path(folder) / f"{name}-phone.png", full_page=True)


def test_a_segment_is_found_in_the_matrix_and_opened(visit, addresses):
    page = visit(addresses["matrix"])

    page.get_by_label("Segment, event or trait:").fill("cart")
    page.keyboard.press("Enter")
    page.locator(".px-matrix thead a").first.click()

    assert page.input_value("#id_name") == "Cart abandoners"


def test_a_segment_is_begun_from_a_template_by_keyboard_and_saved(visit, addresses):
    Segment.objects.all().delete()
    page = visit(addresses["matrix"])
    page.get_by_role("link", name="Begin a segment from a template").press("Enter")
    page.get_by_role("button", name=re.compile("High intent")).press("Enter")

    assert page.input_value("#id_name") == "High intent"
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    page.locator(".messagelist .success").wait_for()

    segment = Segment.objects.get()
    assert (segment.slug, segment.rule["combinator"]) == ("high-intent", "and")


def test_the_numbers_of_a_slot_are_read_as_a_table_by_keyboard(visit, addresses):
    page = visit(addresses["slot"])

    page.locator("details summary", has_text="Clicked a day").press("Enter")

    assert page.get_by_role("region", name="Clicked a day").locator("table").is_visible()
