"""No public page has anything serious against it, on desktop and phone, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.site.test_security import PUBLIC

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("alder")]

AS_WCAG_ASKS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_page(
    chromium: Browser, live_server: LiveServer, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto("/shop/kitchen/ridge-kettle/")
    page.get_by_role("button", name="Add to cart").click()
    found = {}
    for url in (*PUBLIC, "/checkout/"):
        page.goto(url)
        faults = Axe().run(page, options=AS_WCAG_ASKS).response["violations"]
        found[url] = [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in faults]
        is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(is_wider), f"{url} scrolls sideways"
    context.close()

    assert {url: faults for url, faults in found.items() if faults} == {}
