"""What the pages and the simulated visitors tell is declared: its name, its properties, its types.

A page declares events in its markup: `data-pz-event` and `data-pz-view` with `data-pz-props`,
shares with `data-pz-share`, and what the page as a whole is about with `data-view` on its body.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from cms_project.demo.audiences import adopt_events
from cms_project.demo.crowd import simulate
from personalize.models import EventDefinition
from personalize.models.event_definition import register_standard_events
from tests.site.test_security import PUBLIC
from tests.site.test_shop import ADDRESS

Status = EventDefinition.Status
Properties = Mapping[str, Any]
Registry = Mapping[str, Properties]
TYPES = {"text": str, "number": int | float, "boolean": bool, "list": list, "object": dict}

# What the site is there to show: one that vanished from the pages would go unnoticed otherwise.
TOLD = {
    "Article Viewed", "Cart Viewed", "Checkout Started", "Content Shared", "Newsletter Subscribed",
    "Order Completed", "Product Added", "Product Added to Wishlist", "Product Clicked",
    "Product List Viewed", "Product Removed", "Product Removed from Wishlist", "Product Shared",
    "Product Viewed", "Products Searched", "Signed Out", "Signed Up",
}  # fmt: skip


class Told(NamedTuple):
    """An event as the markup declares it."""

    event: str
    properties: Properties


class Declarations(HTMLParser):
    """Reads a page; `told` has what its elements declare, `unnamed` those that lack a name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: list[Told] = []
        self.unnamed: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one element's declarations."""
        given = dict(attrs)
        properties = json.loads(given.get("data-pz-props") or "{}")
        for name in ("data-pz-event", "data-pz-view"):
            if name in given:
                self.told.append(Told(given[name] or "", properties))
        if "data-pz-share" in given:
            event = "Product Shared" if "product_id" in properties else "Content Shared"
            self.told.append(Told(event, {"share_via": given["data-pz-share"], **properties}))
        if "data-view" in given:
            about = json.loads(given.get("data-view-props") or "{}")
            self.told.append(Told(given["data-view"] or "", about))
        for name in ("data-pz-form", "data-pz-name", "data-pz-share", "data-pz-slot"):
            if name in given and not given[name]:
                self.unnamed.append(f"{name} of {self.get_starttag_text()}")


def faults_of(told: Told, registry: Registry) -> Iterator[str]:
    """Yield what differs from the declaration."""
    declared = registry.get(told.event)
    if declared is None:
        yield f"{told.event}: not declared"
        return
    for name, expected in declared.items():
        if expected.get("required") and told.properties.get(name) in (None, ""):
            yield f"{told.event}: {name} is missing"
    for name, value in told.properties.items():
        if name not in declared:
            yield f"{told.event}: {name} is not declared"
        elif not isinstance(value, TYPES[declared[name]["type"]]):
            yield f"{told.event}: {name} is no {declared[name]['type']}"


@pytest.fixture
def registry(db: None) -> Registry:
    """The properties of the standard events and of those that the demo adopts, by event."""
    register_standard_events()
    adopt_events()
    meant = EventDefinition.objects.filter(status__in=(Status.STANDARD, Status.ADOPTED))
    return dict(meant.values_list("name", "properties"))


def pages_of(visitor: Client) -> Iterator[tuple[str, str]]:
    """Yield the addresses and texts of every kind of page, as a reader who buys something."""
    visitor.force_login(User.objects.create_user("visitor", first_name="Ada"))
    for name in ("add", "wish"):
        visitor.post(reverse(f"shop:{name}", args=["K-101"]))
    for url in (*PUBLIC, "/checkout/", "/account/", "/account/welcome/"):
        yield url, visitor.get(url).content.decode()
    yield "/orders/", visitor.post("/checkout/", ADDRESS, follow=True).content.decode()


@pytest.mark.usefixtures("alder")
def test_every_page_tells_what_is_declared(visitor: Client, registry: Registry) -> None:
    seen: set[str] = set()
    faults: set[tuple[str, str]] = set()
    for url, page in pages_of(visitor):
        found = Declarations(page)
        seen |= {told.event for told in found.told}
        faults |= {(url, fault) for told in found.told for fault in faults_of(told, registry)}
        faults |= {(url, element) for element in found.unnamed}

    assert faults == set()
    assert seen == TOLD


@pytest.mark.usefixtures("shelves")
def test_simulated_visitors_tell_what_is_declared(registry: Registry) -> None:
    messages = simulate(60, now=datetime(2026, 11, 23, 12, tzinfo=UTC))
    told = [
        Told(message["event"], message["properties"])
        for message in messages
        if message["type"] == "track"
    ]

    assert {fault for each in told for fault in faults_of(each, registry)} == set()
    assert len({each.event for each in told}) > 10


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<b data-pz-event='Product Addded'>", "Product Addded: not declared"),
        ("<b data-pz-event='Product Added'>", "Product Added: product_id is missing"),
        ("<b data-pz-share='mail' data-pz-props='{\"via\": \"m\"}'>", "via is not declared"),
        ("<body data-view='Cart Viewed' data-view-props='{\"value\": \"9\"}'>", "value is no num"),
    ],
)
def test_what_differs_is_found(markup: str, fault: str, registry: Registry) -> None:
    (told,) = Declarations(markup).told

    assert fault in " ".join(faults_of(told, registry))


def test_an_element_without_its_name_is_found() -> None:
    assert Declarations("<form data-pz-form>").unnamed == ["data-pz-form of <form data-pz-form>"]
