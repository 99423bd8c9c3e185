"""Promise 2: what a visitor did decides what they see on their next view, also when anonymous."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser, Page, Response
from pytest_django.live_server_helper import LiveServer

from cms_project.pages.cms_plugins import HeroPlugin
from personalize.cms.cms_plugins import SlotPlugin
from personalize.drain import drain
from personalize.stream.protocol import current_stream
from tests import lanes
from tests.chromium import FLAGS
from tests.site.conftest import alder, shelves

__all__ = ["alder", "shelves"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("alder")]

KETTLE = "/shop/kitchen/ridge-kettle/"
EVERYBODY_READS = "Free delivery from € 60"
VISITOR_READS = "Still thinking about the Ridge kettle?"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

NewPerson = Callable[[], Page]


@pytest.fixture
def new_person(chromium: Browser, live_server: LiveServer) -> Iterator[NewPerson]:
    """People with a browser each, who allowed everything on the home page's banner."""
    # Its beacons must not say "headless", nor its scripts "webdriver": that would be a bot.
    disguise = (f"--user-agent={FIREFOX}", "--disable-blink-features=AutomationControlled")
    browser = chromium.browser_type.launch(
        executable_path=lanes.chromium(), args=[*FLAGS, *disguise]
    )

    def arrive() -> Page:
        page = browser.new_context(base_url=live_server.url).new_page()
        page.goto("/")
        with page.expect_response("**/v1/batch"):
            page.get_by_role("button", name="Allow all").click()
        return page

    yield arrive
    browser.close()


def look_at_kettle(person: Page) -> None:
    """Open the product's page, and let the pipeline do what it does in the background."""

    def is_told(response: Response) -> bool:
        told = response.request.post_data or ""
        return response.url.endswith("v1/batch") and "Product Viewed" in told

    with person.expect_response(is_told):
        person.goto(KETTLE)
    for partition in range(current_stream().partitions):
        drain(partition)


def test_three_looks_change_the_fourth_and_no_other_visitors_page(new_person: NewPerson) -> None:
    visitor, stranger = new_person(), new_person()
    for _ in range(3):
        look_at_kettle(visitor)
        assert EVERYBODY_READS in visitor.inner_text("main")

    visitor.goto(KETTLE)
    stranger.goto(KETTLE)

    assert VISITOR_READS in visitor.inner_text("main")
    assert EVERYBODY_READS not in visitor.content()
    assert EVERYBODY_READS in stranger.inner_text("main")
    assert VISITOR_READS not in stranger.content()


def test_a_stored_page_of_the_cms_adapts_without_sql_or_rendering(
    new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, stranger = new_person(), new_person()
    for _ in range(3):
        look_at_kettle(visitor)
    rendered: list[str] = []
    for plugin in (HeroPlugin, SlotPlugin):
        render = plugin.render

        def noted(self: object, *args: object, _render: Callable[..., object] = render) -> object:
            rendered.append(type(self).__name__)
            return _render(self, *args)

        monkeypatch.setattr(plugin, "render", noted)
    with CaptureQueriesContext(connection) as queries:
        visitor.goto("/")
        stranger.goto("/")
        nobody = Client().get("/")

    assert visitor.inner_text("h1") == "Good things wait, for a while"
    assert stranger.inner_text("h1") == "Do one thing properly"
    assert "Good things wait" not in stranger.content() + nobody.content.decode()
    assert nobody.headers["Cache-Control"] == "private, no-cache"
    assert rendered == []
    assert [query["sql"] for query in queries] == []


def test_without_consent_nothing_is_sent_and_everybodys_page_shown(
    new_person: NewPerson, live_server: LiveServer
) -> None:
    refuser = new_person().context.browser.new_context(base_url=live_server.url).new_page()
    sent: list[str] = []
    refuser.on("request", lambda request: sent.append(request.url))
    refuser.goto("/")
    refuser.get_by_role("button", name="Refuse all").click()
    refuser.wait_for_selector("#consent", state="hidden")
    for _ in range(4):
        refuser.goto(KETTLE, wait_until="networkidle")

    assert EVERYBODY_READS in refuser.inner_text("main")
    assert not [url for url in sent if "v1/batch" in url]
    assert [cookie["name"] for cookie in refuser.context.cookies()] == ["px_consent"]
