"""The standard events: their names, what they mean, and the properties they carry, typed.

Names and properties are those of Segment's e-commerce, video and page specs where these have them
(https://segment.com/docs/connections/spec/), so that what other tools send is understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PropertyType = Literal["text", "number", "boolean", "list", "object"]


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """One property: its type, whether the event makes sense without it, and what it is measured in.

    The unit `money` is the site's own currency; what is in another one is converted.
    """

    type: PropertyType
    description: str
    required: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One event; `indicator` is what a site owner learns from it, if anything."""

    description: str
    indicator: str = ""
    properties: Mapping[str, PropertySpec] = field(default_factory=dict)


def text(description: str, *, required: bool = False) -> PropertySpec:
    """Declare a property that holds a text."""
    return PropertySpec("text", description, required)


def number(description: str, *, required: bool = False, unit: str = "") -> PropertySpec:
    """Declare a property that holds a number."""
    return PropertySpec("number", description, required, unit)


PRODUCT: Mapping[str, PropertySpec] = {
    "product_id": text("The product's identifier.", required=True),
    "sku": text("The stock keeping unit."),
    "name": text("The product's name."),
    "category": text("The category it belongs to."),
    "brand": text("The brand."),
    "variant": text("The chosen variant, such as a size."),
    "price": number("The price of one, in `currency`.", unit="money"),
    "quantity": number("How many."),
    "currency": text("The ISO 4217 code of the currency."),
    "position": number("Its place in a list, from 1."),
    "url": text("The address of the product's page."),
    "image_url": text("The address of its picture."),
}

ORDER: Mapping[str, PropertySpec] = {
    "order_id": text("The order's identifier."),
    "value": number("What the cart is worth, in `currency`.", unit="money"),
    "revenue": number("What the shop earns, without tax and shipping.", unit="money"),
    "total": number("What the customer pays.", unit="money"),
    "shipping": number("The cost of shipping.", unit="money"),
    "tax": number("The tax.", unit="money"),
    "discount": number("The discount.", unit="money"),
    "coupon": text("The coupon's code."),
    "currency": text("The ISO 4217 code of the currency."),
    "products": PropertySpec("list", "The products, each with product_id, price, quantity."),
    "products.price": number("The price of one of each product.", unit="money"),
}

PAGE: Mapping[str, PropertySpec] = {
    "path": text("The path of the address."),
    "url": text("The whole address."),
    "title": text("The page's title."),
    "referrer": text("The address the visitor came from."),
    "search": text("The query string."),
    "name": text("The name given to the page."),
    "category": text("The category of the page."),
}

VIDEO: Mapping[str, PropertySpec] = {
    "video_id": text("The video's identifier.", required=True),
    "title": text("The video's title."),
    "percent": number("How much of it has been played, 0 to 100."),
    "position": number("Where the player is, in seconds."),
    "total_length": number("How long it is, in seconds."),
}

FORM: Mapping[str, PropertySpec] = {
    "form_id": text("The form's identifier.", required=True),
    "form_name": text("The form's name."),
    "path": text("The path of the page."),
}

LIST: Mapping[str, PropertySpec] = {
    "list_id": text("The list's identifier."),
    "category": text("The category it shows."),
    "products": PropertySpec("list", "The products in the list."),
    "products.price": number("The price of one of each product.", unit="money"),
}

VARIANT: Mapping[str, PropertySpec] = {
    "slot": text("The slot's key.", required=True),
    "variant": text("The variant's identifier; missing for the default."),
    "experiment": text("The experiment's identifier."),
    "arm": text("The arm's key."),
    "reason": text("Why it was chosen."),
    "exposure": text("The opaque id beside the slot in the page, as in Variant Seen."),
}

SEGMENT: Mapping[str, PropertySpec] = {"segment": text("The segment's slug.", required=True)}

METHOD: Mapping[str, PropertySpec] = {"method": text("How, such as `password` or a provider.")}

SHARE: Mapping[str, PropertySpec] = {
    "share_via": text("Where it is shared, such as `email`."),
    "url": text("The shared address."),
    "path": text("The path of the page."),
}

CONTENT: Mapping[str, PropertySpec] = {
    "content_id": text("The content's identifier."),
    "content_type": text("What kind of content it is."),
    "title": text("The content's title."),
    "topic": text("What the content is about."),
}

STANDARD: dict[str, EventSpec] = {
    # What clients' other calls are called
    "Page Viewed": EventSpec("A page was looked at.", "Page view, navigation path", PAGE),
    "Screen Viewed": EventSpec(
        "A screen of an app was looked at.",
        "Page view, navigation path",
        {"name": text("The screen's name."), "category": text("The category of the screen.")},
    ),
    "Identified": EventSpec("Somebody told who they are."),
    "Aliased": EventSpec(
        "Two identifiers turned out to be one person.",
        properties={"previous_id": text("The identifier used before.")},
    ),
    "Group Joined": EventSpec(
        "A person belongs to a group.", properties={"group_id": text("The group's identifier.")}
    ),
    # What visitors do with a page
    "Element Clicked": EventSpec(
        "Something on a page was clicked.",
        "Click sequence",
        {
            "name": text("The name the site gave to the element.", required=True),
            "text": text("The element's visible text."),
            "url": text("Where a link leads."),
            "path": text("The path of the page."),
        },
    ),
    "Page Scrolled": EventSpec(
        "A page was scrolled.",
        "Scroll depth",
        {
            "percent": number("The deepest point reached, 0 to 100.", required=True),
            "path": text("The path of the page."),
        },
    ),
    "Page Engaged": EventSpec(
        "A page was visible for a while.",
        "Time on page",
        {
            "visible_seconds": number("For how long it was visible.", required=True),
            "path": text("The path of the page."),
        },
    ),
    "Honeypot Followed": EventSpec(
        "A link that no person sees was followed.",
        properties={"path": text("The path of the page.")},
    ),
    "Form Started": EventSpec("The first field of a form was touched.", "Form", FORM),
    "Form Submitted": EventSpec("A form was sent.", "Form", FORM),
    "Form Abandoned": EventSpec(
        "A form was begun and left.", "Form", {**FORM, "field": text("The field touched last.")}
    ),
    "Video Started": EventSpec("A video began to play.", "Video", VIDEO),
    "Video Progressed": EventSpec(
        "A part of a video was played.",
        "Video",
        {**VIDEO, "percent": number("How much of it has been played, 0 to 100.", required=True)},
    ),
    "Video Completed": EventSpec("A video was played to its end.", "Video", VIDEO),
    "Content Shared": EventSpec("A page was shared.", "Share", {**SHARE, **CONTENT}),
    # What visitors do in a shop
    "Products Searched": EventSpec(
        "Something was searched for.",
        "Search",
        {
            "query": text("What was typed.", required=True),
            "results": number("How many were found."),
        },
    ),
    "Product List Viewed": EventSpec("A list of products was looked at.", "Product interest", LIST),
    "Product Clicked": EventSpec("A product in a list was clicked.", "Click sequence", PRODUCT),
    "Product Viewed": EventSpec("A product's page was looked at.", "Product interest", PRODUCT),
    "Product Shared": EventSpec("A product was shared.", "Share", {**PRODUCT, **SHARE}),
    "Product Added": EventSpec("A product was put into the cart.", "Add to cart", PRODUCT),
    "Product Removed": EventSpec("A product was taken out of the cart.", "Add to cart", PRODUCT),
    "Cart Viewed": EventSpec("The cart was looked at.", "Add to cart", ORDER),
    "Product Added to Wishlist": EventSpec(
        "A product was put on the wishlist.", "Wishlist", PRODUCT
    ),
    "Product Removed from Wishlist": EventSpec(
        "A product was taken off the wishlist.", "Wishlist", PRODUCT
    ),
    "Checkout Started": EventSpec("The check-out was opened.", "Check-out started", ORDER),
    "Order Completed": EventSpec(
        "An order was placed.",
        "Order",
        {**ORDER, "order_id": text("The order's identifier.", required=True)},
    ),
    # What visitors become
    "Newsletter Subscribed": EventSpec(
        "Somebody subscribed to a newsletter.", "Subscribe", {"list": text("Which newsletter.")}
    ),
    "Signed Up": EventSpec("An account was made.", "Sign-up", METHOD),
    "Signed In": EventSpec("Somebody logged in.", "Log-in", METHOD),
    "Signed Out": EventSpec("Somebody logged out.", "Log-in"),
    # What the system says of itself
    "Variant Served": EventSpec("A slot of a page was filled.", properties=VARIANT),
    "Variant Seen": EventSpec(
        "A filled slot was on screen for a second.",
        properties={"exposure": text("The opaque id beside the slot in the page.", required=True)},
    ),
    "Variant Clicked": EventSpec(
        "Something within a filled slot was clicked.",
        properties={"exposure": text("The opaque id beside the slot in the page.", required=True)},
    ),
    "Segment Entered": EventSpec("A visitor came to belong to a segment.", properties=SEGMENT),
    "Segment Exited": EventSpec("A visitor ceased to belong to a segment.", properties=SEGMENT),
    "Identity Linked": EventSpec(
        "A visitor logged in, so that two profiles become one.",
        properties={
            "user_id": text("The user's identifier.", required=True),
            "proof": text("What proves it, such as `login`."),
        },
    ),
    "Profile Merged": EventSpec(
        "A visitor's profile was handed to a user's.",
        properties={"profile": PropertySpec("object", "The profile as exported.", required=True)},
    ),
    "Time Passed": EventSpec("A window moved on without an event."),
}
