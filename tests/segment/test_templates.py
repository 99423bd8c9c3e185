"""Segments to begin from: each has somebody who belongs, and somebody who does not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from personalize.collect.device import device_of
from personalize.events.event import Event
from personalize.events.standard import STANDARD
from personalize.profile.fold import fold
from personalize.profile.profile import Profile, empty_profile
from personalize.profile.traits import computed_trait, trait_set
from personalize.rules import logic
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Group, behaviours, leaves, parse
from personalize.segment.compiled import SegmentSet
from personalize.segment.facts import VisitorFacts
from personalize.segment.templates import TEMPLATES, initial_of, of_category

NOW = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1_000)
DAY = 86_400_000

# For each template, whoever belongs: what they did, days ago, with which properties.
MEMBERS: dict[str, list[tuple[str, float, dict[str, Any]]]] = {
    "frequent-browsers": [("Page Viewed", days, {}) for days in range(6)],
    "high-intent": [("Product Viewed", days, {}) for days in range(3)],
    "engaged-readers": [
        *(("Page Engaged", days, {"visible_seconds": 400}) for days in range(3)),
        *(("Page Scrolled", days, {"percent": 90}) for days in range(3)),
    ],
    "bargain-hunters": [("Products Searched", 2, {"query": "boots sale"})],
    "new-visitors": [("Page Viewed", 0, {})],
    "returning-visitors": [("Page Viewed", days, {}) for days in (3, 0)],
    "lapsing-customers": [("Order Completed", 90, {}), ("Page Viewed", 60, {})],
    "cart-abandoners": [("Product Added", 1, {})],
    "mobile-first": [("Page Viewed", days, {}) for days in range(5)],
    "by-category": [("Page Viewed", days, {"category": "magazine"}) for days in range(3)],
}
STRANGERS = {"returning-visitors": [("Page Viewed", 0, {})]}
STRANGER = [("Page Viewed", 20, {}), ("Page Viewed", 10, {}), ("Order Completed", 1, {})]


def profile_of(rule: Group, done: list[tuple[str, float, dict[str, Any]]]) -> Profile:
    traits = trait_set([computed_trait(behaviour) for behaviour in behaviours(rule)])
    events = [
        Event(
            type="page" if event == "Page Viewed" else "track",
            event=event,
            message_id=str(number),
            timestamp=NOW - int(days * DAY),
            received_at=NOW - int(days * DAY),
            anonymous_id="visitor",
            properties=properties,
            source="browser",
        )
        for number, (event, days, properties) in enumerate(done)
    ]
    events.sort(key=lambda event: event.timestamp)
    return fold(empty_profile("a:visitor"), events, traits=traits, now=NOW)


def belongs(rule: Group, done: list[tuple[str, float, dict[str, Any]]], **context: Any) -> bool:
    profile = profile_of(rule, done)
    facts = VisitorFacts(profile, context=context, segments=SegmentSet({}), now=NOW)
    return compile_rule(rule)(facts)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.slug)
def test_each_template_has_a_member_and_a_stranger(template):
    rule = parse(template.rule)

    assert belongs(rule, MEMBERS[template.slug], device="mobile")
    assert not belongs(rule, STRANGERS.get(template.slug, STRANGER), device="desktop")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.slug)
def test_no_template_contradicts_itself(template):
    assert not logic.findings(parse(template.rule))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.slug)
def test_templates_ask_for_standard_events_and_properties(template):
    for behaviour in behaviours(parse(template.rule)):
        spec = STANDARD[behaviour.event]
        named = {behaviour.property} if behaviour.property else set()
        named |= {leaf.field for leaf in behaviour.where.rules} if behaviour.where else set()
        assert named <= spec.properties.keys()


def test_mobile_first_means_the_device_that_visits_by_phone_have():
    (asked,) = [
        leaf.value
        for leaf in leaves(parse(initial_of("mobile-first")["rule"]))
        if leaf.field == "context.device"
    ]

    assert device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)").device == asked


def test_an_order_takes_somebody_out_of_the_cart_abandoners():
    rule = parse(initial_of("cart-abandoners")["rule"])

    assert not belongs(rule, [("Product Added", 1, {}), ("Order Completed", 0.5, {})])


def test_a_category_can_be_chosen():
    initial = initial_of("by-category", category=" shop ")

    assert initial["name"].endswith(": shop")
    assert initial["rule"] == of_category("shop")


def test_a_template_that_there_is_not_begins_with_nothing():
    assert initial_of("nonsense") == {}
