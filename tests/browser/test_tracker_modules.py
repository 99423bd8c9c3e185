"""What the optional modules tell: videos, data layer, shares, shop calls, forms, clicks."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.recorder import Recorder


def properties(site: Recorder, name: str, *, count: int = 1) -> list[dict[str, Any]]:
    """Return the properties of the events with this name, when there are so many."""
    return [event["properties"] for event in site.wait_for(name, count=count)]


def opened(site: Recorder, page: Page, *, modules: str, html: str = "") -> None:
    """Open a page with these modules loaded."""
    site.modules, site.html = modules, html
    page.goto(site.url)
    page.wait_for_load_state("networkidle")


def test_a_video_is_told_at_its_quarters_once(site: Recorder, page: Page) -> None:
    opened(site, page, modules="video", html="<video id='film' title='A film'></video>")
    page.evaluate(
        """() => {
            Object.defineProperty(film, "duration", {value: 200});
            Object.defineProperty(film, "currentTime", {writable: true, value: 0});
            const at = (type, seconds) => {
                film.currentTime = seconds;
                film.dispatchEvent(new Event(type));
            };
            at("timeupdate", 60); at("play", 0); at("timeupdate", 10); at("timeupdate", 51);
            at("timeupdate", 60); at("play", 60); at("timeupdate", 30); at("timeupdate", 151);
            at("ended", 200); at("play", 0); at("timeupdate", 60); at("ended", 200);
        }"""
    )
    (completed,) = properties(site, "Video Completed")
    about = {"video_id": "film", "title": "A film", "total_length": 200}
    assert completed == {**about, "position": 200, "percent": 100}
    assert properties(site, "Video Started") == [{**about, "position": 0}]
    progressed = properties(site, "Video Progressed")
    assert [(p["percent"], p["position"]) for p in progressed] == [(25, 51), (75, 151)]


def test_a_stream_without_end_has_no_quarters(site: Recorder, page: Page) -> None:
    opened(site, page, modules="video", html="<video id='live'></video>")
    page.evaluate(
        """() => {
            Object.defineProperty(live, "duration", {value: Infinity});
            for (const type of ["play", "timeupdate"]) live.dispatchEvent(new Event(type));
            personalize.track("Done");
        }"""
    )
    site.wait_for("Done")
    assert properties(site, "Video Started") == [{"video_id": "live", "position": 0}]
    assert site.events("Video Progressed") == []


BOOT = {"item_id": "b1", "item_name": "Boot", "item_category": "shoes", "price": 99.5}
SOCK = {"item_id": "s1", "item_name": "Sock", "price": 5, "quantity": 2}
AS_BOOT = {"product_id": "b1", "name": "Boot", "category": "shoes", "price": 99.5}
AS_SOCK = {"product_id": "s1", "name": "Sock", "price": 5, "quantity": 2}


def test_pushes_before_and_after_the_module_are_read(site: Recorder, page: Page) -> None:
    site.head = """<script nonce="test">
        window.dataLayer = [{event: "sign_up", method: "mail"}];
        function gtag() { dataLayer.push(arguments); }
        gtag("event", "login", {method: "mail"});</script>"""
    opened(site, page, modules="datalayer")
    returned = page.evaluate("dataLayer.push({event: 'search', search_term: 'boots'})")
    assert returned == 3
    page.evaluate("gtag('event', 'share', {method: 'mail', content_type: 'story', item_id: '7'})")
    shared = {"share_via": "mail", "content_type": "story", "content_id": "7"}
    assert properties(site, "Content Shared") == [shared]
    assert properties(site, "Products Searched") == [{"query": "boots"}]
    assert properties(site, "Signed Up") == [{"method": "mail"}]
    assert properties(site, "Signed In") == [{"method": "mail"}]


def test_ga4_purchases_become_segment_orders(site: Recorder, page: Page) -> None:
    opened(site, page, modules="datalayer")
    pushes = [
        {"event": "view_item", "ecommerce": {"currency": "EUR", "value": 99.5, "items": [BOOT]}},
        {"ecommerce": None},
        {"event": "add_to_cart", "ecommerce": {"currency": "EUR", "items": [BOOT, SOCK]}},
        {"event": "begin_checkout", "ecommerce": {"value": 109.5, "items": [BOOT, SOCK]}},
        {
            "event": "purchase",
            "ecommerce": {"transaction_id": "T1", "value": 109.5, "tax": 5, "items": [SOCK]},
        },
        {"event": "view_item_list", "ecommerce": {"item_list_id": "new", "items": [BOOT]}},
        {"event": "gtm.js", "items": 3},
    ]
    page.evaluate("(pushes) => pushes.forEach((push) => dataLayer.push(push))", pushes)
    assert properties(site, "Product List Viewed") == [{"list_id": "new", "products": [AS_BOOT]}]
    assert properties(site, "Product Viewed") == [{"currency": "EUR", **AS_BOOT}]
    assert properties(site, "Product Added", count=2) == [
        {"currency": "EUR", **AS_BOOT},
        {"currency": "EUR", **AS_SOCK},
    ]
    (started,) = properties(site, "Checkout Started")
    assert started == {"value": 109.5, "products": [AS_BOOT, AS_SOCK]}
    order = {"order_id": "T1", "total": 109.5, "tax": 5, "products": [AS_SOCK]}
    assert properties(site, "Order Completed") == [order]
    assert site.events("gtm.js") == []


def test_shares_are_told_by_their_way(site: Recorder, page: Page) -> None:
    page.context.add_init_script(
        "navigator.share = ({url}) => url.endsWith('/no') ? Promise.reject() : Promise.resolve()"
    )
    html = """<a href="#m" data-pz-share="mastodon">Toot</a>
        <i data-pz-share="device" data-pz-url="/no">Changed my mind</i>
        <button data-pz-share="device" data-pz-props='{"product_id": "b1"}'>Share</button>"""
    opened(site, page, modules="share", html=html)
    page.click("text=Toot")
    page.click("i")
    page.click("button")
    assert properties(site, "Product Shared")[0]["share_via"] == "device"
    (shared,) = properties(site, "Content Shared")
    assert shared == {"share_via": "mastodon", "url": f"{site.url}/", "path": "/"}


def test_the_shops_calls_have_the_names_of_the_segment_spec(site: Recorder, page: Page) -> None:
    site.head = """<script nonce="test">
        window.personalize = [["cart.add", {product_id: "early"}]];</script>"""
    opened(site, page, modules="commerce")
    page.evaluate(
        """() => {
            const boot = {product_id: "b1", price: 9};
            personalize.cart.remove(boot);
            personalize.wishlist.add(boot);
            personalize.wishlist.remove(boot);
            personalize.cart.view([boot]);
            personalize.checkout.start({products: [boot], value: 9});
            personalize.order.complete({order_id: "T1", total: 9, products: [boot]});
        }"""
    )
    site.wait_for("Order Completed")
    assert [e["event"] for e in site.accepted()[1:]] == [
        "Product Added",
        "Product Removed",
        "Product Added to Wishlist",
        "Product Removed from Wishlist",
        "Cart Viewed",
        "Checkout Started",
        "Order Completed",
    ]
    assert properties(site, "Product Added") == [{"product_id": "early", "quantity": 1}]


def test_forms_are_told_without_what_was_typed(site: Recorder, page: Page) -> None:
    html = """
        <form action="/send?token=secret"><input name="email"><button>Send</button></form>
        <form data-pz-form="survey"><input name="age"></form>
        <form data-pz-ignore><input name="hidden-form"></form>
        <script nonce="test">addEventListener("submit", (e) => e.preventDefault());</script>"""
    opened(site, page, modules="forms", html=html)
    page.fill("[name=email]", "canary@example.com")
    page.fill("[name=hidden-form]", "canary")
    page.click("text=Send")
    page.fill("[name=age]", "canary")
    page.goto(f"{site.url}/next")
    contact = {"form_id": "/send", "path": "/"}
    (abandoned,) = properties(site, "Form Abandoned")
    assert abandoned == {"form_id": "survey", "path": "/", "field": "age"}
    assert properties(site, "Form Submitted") == [contact]
    assert [p["form_id"] for p in properties(site, "Form Started", count=2)] == [
        "/send",
        "survey",
    ]
    assert "canary" not in str(site.accepted())
    assert "secret" not in str(site.accepted())


def test_clicks_on_links_and_buttons_are_told_without_their_text(
    site: Recorder, page: Page
) -> None:
    html = """<a href="#more?x=1" id="more">Dear Ann</a>
        <button data-pz-name="menu"><b>Menu</b></button>
        <button data-pz-event="Declared">Declared</button> <p>Plain</p>"""
    opened(site, page, modules="clicks", html=html)
    for text in ("Dear Ann", "Menu", "Plain", "Declared"):
        page.click(f"text={text}")
    site.wait_for("Declared")
    assert properties(site, "Element Clicked", count=2) == [
        {"name": "more", "url": f"{site.url}/", "path": "/"},
        {"name": "menu", "path": "/"},
    ]
    assert "Ann" not in str(site.accepted())
