"""The page editor in Chromium: personalizing content in place, tabs, order (rows U5, U6, U10).

With `SCREENSHOTS=folder` the editor is photographed as well.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cms.models import PageContent
from cms.toolbar.utils import get_object_edit_url
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from personalize.cms.models import MergeTag, PageSlot, PageVariant
from personalize.decide.decision import Decision, Reason
from personalize.measure.shown import note_shown, push
from personalize.measure.tally import flush_tally
from personalize.models import Trait
from tests.cms.pages import add_city_slot, add_text, content_of, new_page, placeholder_of
from tests.factories import SegmentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 4


class Clicks:
    """Counts what a person clicks."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, place: Locator) -> None:
        place.click()
        self.number += 1


@pytest.fixture
def draft(plain: Settings, editor: AbstractUser) -> PageContent:
    """An unpublished page with one text."""
    content = content_of(new_page(editor))
    add_text(placeholder_of(content), "Welcome")
    return content


@pytest.fixture
def at_work(
    live_server: LiveServer, context: BrowserContext, page: Page, editor: AbstractUser
) -> Iterator[Callable[[PageContent], Page]]:
    """Return what opens the page editor; nothing is on its way any more when the test ends."""
    client = Client()
    client.force_login(editor)
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    context.set_default_timeout(60_000)

    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))

    def opened(content: PageContent) -> Page:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(live_server.url + get_object_edit_url(content, "en"))
        page.wait_for_function("window.CMS && window.CMS.API && window.CMS.API.StructureBoard")
        return page

    yield opened
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)


def tabs(page: Page) -> list[str]:
    return [tab.evaluate("tab => tab.firstChild.data") for tab in page.get_by_role("tab").all()]


@pytest.mark.timeout(300)
def test_content_is_personalized_in_place_with_four_clicks(draft, at_work):
    page, click = at_work(draft), Clicks()
    click(page.locator(".cms-toolbar-item-cms-mode-switcher a").first)
    click(page.locator(".cms-structure .cms-submenu-settings:visible").last)
    photograph(page, "cms-plugin-menu")
    click(page.get_by_text("Personalize", exact=True).last)
    form = page.frame_locator(".cms-modal iframe")
    form.locator("#id_name").fill("Regulars")
    photograph(page, "cms-variant-form")
    with page.expect_navigation():
        click(page.locator(".cms-modal-buttons .cms-btn-action").first)

    assert click.number <= MOST_CLICKS
    slot, variant = PageSlot.objects.get(), PageVariant.objects.get()
    assert variant.name == "Regulars"
    assert variant.parent_id == slot.pk
    texts = [child.get_bound_plugin().body for child in variant.cmsplugin_set.all()]
    assert texts == ["<p>Welcome</p>"]


@pytest.mark.timeout(300)
def test_a_slot_gets_another_variant_with_two_clicks(draft, at_work):
    SegmentFactory(name="Regulars", slug="regulars")
    slot = add_city_slot(placeholder_of(draft))
    page, click = at_work(draft), Clicks()
    click(page.get_by_role("button", name="Add a variant"))
    form = page.frame_locator(".cms-modal iframe")
    assert form.locator("#id_name").input_value() == "Variant 3"
    click(page.locator(".cms-modal-buttons .cms-btn-action").first)
    page.get_by_role("tab", name="Variant 3").wait_for()

    assert click.number <= MOST_CLICKS
    variant = PageVariant.objects.get(name="Variant 3")
    assert variant.parent_id == slot.pk
    assert variant.priority > 100
    assert tabs(page) == ["All", "Berlin", "Rome", "Variant 3", "Default"]


@pytest.mark.timeout(300)
def test_a_tab_shows_one_part_and_all_shows_every_part(draft, at_work):
    add_city_slot(placeholder_of(draft))
    page = at_work(draft)
    parts = page.locator(".pz-edit-part")
    assert [part.is_visible() for part in parts.all()] == [True, True, True]
    photograph(page, "cms-slot-all")
    page.get_by_role("tab", name="Berlin").click()

    assert page.get_by_text("hero for Berlin").is_visible()
    assert not page.get_by_text("hero for everyone").is_visible()
    photograph(page, "cms-slot-tab")
    found = Axe().run(page, context=".pz-edit-head").response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []


@pytest.mark.timeout(300)
def test_variants_are_ordered_by_drag_by_key_and_by_button(draft, at_work):
    slot = add_city_slot(placeholder_of(draft))
    page = at_work(draft)
    order = lambda: [  # noqa: E731
        variant.name for variant in PageVariant.objects.filter(parent=slot).order_by("priority")
    ]
    said = page.locator(".pz-said")

    page.get_by_role("tab", name="Rome").drag_to(page.get_by_role("tab", name="Berlin"))
    said.get_by_text("Rome is tried at place 1").wait_for()
    assert order() == ["Rome", "Berlin"]
    assert tabs(page) == ["All", "Rome", "Berlin", "Default"]

    page.get_by_role("tab", name="Rome").focus()
    page.keyboard.press("Alt+ArrowRight")
    said.get_by_text("Rome is tried at place 2").wait_for()
    assert order() == ["Berlin", "Rome"]
    assert page.evaluate("document.activeElement.dataset.pzKey") != "all"

    page.get_by_role("tab", name="Rome").click()
    page.get_by_role("button", name="Try earlier").locator("visible=true").click()
    said.get_by_text("Rome is tried at place 1").wait_for()
    assert order() == ["Rome", "Berlin"]


@pytest.mark.timeout(300)
def test_a_merge_tag_is_picked_while_one_writes(draft, at_work):
    Trait.objects.create(key="first_name", name="First name")
    page = at_work(draft)
    page.get_by_text("Welcome").dblclick()
    tag = '[data-cmsplugin="MergeTagPlugin"]'
    page.locator(f".dropdown:has({tag})").click()
    photograph(page, "cms-merge-tag-menu")
    page.locator(tag).click()
    form = page.frame_locator("dialog.cms-dialog iframe")
    form.locator("#id_trait").select_option(label="First name")
    form.locator("#id_fallback").fill("friend")
    photograph(page, "cms-merge-tag-form")
    page.locator("dialog.cms-dialog .cms-btn-action").first.click()
    page.locator(".pz-merge", has_text="{first_name | friend}").wait_for()
    photograph(page, "cms-merge-tag")

    tagged = MergeTag.objects.get()
    assert tagged.parent.plugin_type == "TextPlugin"


@pytest.mark.timeout(300)
def test_a_tab_tells_the_share_of_views(draft, at_work):
    slot = add_city_slot(placeholder_of(draft))
    berlin = PageVariant.objects.get(name="Berlin")
    now = int(timezone.now().timestamp() * 1_000)
    for variant in (str(berlin.uuid), None, None):
        reason = Reason.TARGETING_MATCH if variant else Reason.DEFAULT
        note_shown([Decision(slot.key, variant, reason)], now=now)
    push()
    flush_tally()
    page = at_work(draft)

    assert page.get_by_role("tab", name="Berlin").inner_text() == "Berlin · 33 % of views"
    assert page.get_by_role("tab", name="Default").inner_text() == "Default · 67 % of views"
    photograph(page, "cms-slot-shares")
