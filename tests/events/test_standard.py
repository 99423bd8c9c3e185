"""Every indicator of interest has a declared event with typed properties."""

import pytest

from personalize.events.event import CALL_NAMES
from personalize.events.standard import STANDARD

# What site owners want to know, and the events that tell them.
INDICATORS = {
    "Page view, navigation path": ["Page Viewed", "Screen Viewed"],
    "Click sequence": ["Element Clicked", "Product Clicked"],
    "Time on page": ["Page Engaged"],
    "Scroll depth": ["Page Scrolled"],
    "Video": ["Video Started", "Video Progressed", "Video Completed"],
    "Form": ["Form Started", "Form Submitted", "Form Abandoned"],
    "Share": ["Content Shared", "Product Shared"],
    "Add to cart": ["Product Added", "Product Removed", "Cart Viewed"],
    "Wishlist": ["Product Added to Wishlist", "Product Removed from Wishlist"],
    "Subscribe": ["Newsletter Subscribed"],
    "Check-out started": ["Checkout Started"],
    "Order": ["Order Completed"],
    "Product interest": ["Product Viewed", "Product List Viewed"],
    "Search": ["Products Searched"],
    "Sign-up": ["Signed Up"],
    "Log-in": ["Signed In", "Signed Out"],
}


@pytest.mark.parametrize("indicator", INDICATORS)
def test_an_indicator_has_its_events(indicator: str) -> None:
    declared = [name for name, spec in STANDARD.items() if spec.indicator == indicator]

    assert sorted(declared) == sorted(INDICATORS[indicator])


def test_no_other_indicator_is_declared() -> None:
    assert {spec.indicator for spec in STANDARD.values()} - {""} == set(INDICATORS)


def test_every_call_without_a_name_of_its_own_is_declared() -> None:
    assert set(CALL_NAMES.values()) <= set(STANDARD)


@pytest.mark.parametrize("name", STANDARD)
def test_an_event_and_its_properties_are_described(name: str) -> None:
    spec = STANDARD[name]

    assert len(name) <= 128
    assert spec.description.endswith(".")
    assert all(each.description.endswith((".", "100.")) for each in spec.properties.values())
