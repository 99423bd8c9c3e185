"""The rule builder on the real admin: by keyboard, and true to what is stored."""

import json
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as limits

from tests.browser.rule_screen import (
    NESTED,
    UNHEARD_OF,
    VIEWS,
    photograph,
    pick,
    tab_to,
    told,
    touch,
    written,
)
from tests.cms.pages import (
    add_slot,
    add_variant,
    content_of,
    new_page,
    placeholder_of,
    plain_templates,
)
from tests.factories import SegmentFactory, UserFactory, VariantFactory
from tests.rules import strategies

pytestmark = pytest.mark.browser


def test_a_nested_rule_is_built_by_keyboard_alone(stored):
    page = stored({})
    page.focus("#id_is_live")

    tab_to(page, "Add a condition")
    page.keyboard.press("Enter")
    pick(page, "Segments")
    tab_to(page, "Value")
    pick(page, "Keen")
    tab_to(page, "Add a group")
    page.keyboard.press("Enter")
    pick(page, "device")
    tab_to(page, "Value")
    page.keyboard.type("mobile")
    tab_to(page, "How the conditions combine", back=True)
    pick(page, "Any")
    tab_to(page, "Add a condition")
    page.keyboard.press("Enter")
    pick(page, "What they did")
    tab_to(page, "Event")
    pick(page, "Product Viewed")
    tab_to(page, "When")
    pick(page, "in the last 7")
    tab_to(page, "Value")
    page.keyboard.type("2")

    told(page).filter(has_text="more than 2 times in the last 7 days").wait_for()
    assert written(page)["rules"] == [
        {"field": "segments", "operator": "contains", "value": "keen"},
        {
            "combinator": "or",
            "rules": [
                {"field": "context.device", "operator": "=", "value": "mobile"},
                {
                    "field": "behaviour",
                    "operator": ">",
                    "value": 2,
                    "behaviour": {**VIEWS, "property": None, "where": None},
                },
            ],
        },
    ]
    page.keyboard.press("Enter")  # in an input: it must not send the form
    tab_to(page, "Save and continue editing")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist .success")
    told(page).filter(has_text="is in segment “Keen visitors” and (").wait_for()


def test_conditions_are_moved_copied_and_removed_by_keyboard_and_keep_the_focus(stored):
    page = stored(NESTED)
    page.get_by_role("button", name="Move down: Condition 1").first.focus()

    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("aria-label").startswith("Move down: Condition")
    assert written(page)["rules"][0]["combinator"] == "or"
    tab_to(page, "Remove: Condition 1")
    page.keyboard.press("Enter")

    assert page.locator(":focus").inner_text() == "Add a condition"
    assert "segments" not in page.input_value("#id_rule")


@pytest.mark.parametrize("rule", [NESTED, UNHEARD_OF], ids=["nested", "unheard of"])
def test_what_is_not_touched_is_written_as_it_was(stored, rule):
    page = stored(rule)
    assert written(page) == rule

    touch(page)

    assert written(page) == rule


def test_every_rule_survives_being_written_by_the_builder(stored):
    page = stored({})
    as_json = page.get_by_role("button", name="Edit as JSON")

    @limits(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(rule=strategies.rules)
    def survives(rule: Any) -> None:
        as_json.click()
        page.fill("#id_rule", json.dumps(rule))
        as_json.click()
        touch(page)
        assert written(page) == rule

    survives()


def test_json_without_controls_is_edited_as_json_and_becomes_controls_when_it_can(stored):
    page = stored(UNHEARD_OF)
    raw = page.locator(".px-rb-raw textarea")

    raw.first.fill('{"field": "context.country", "operator": "=", "value": "SE"')
    assert page.get_by_text("This is not valid JSON.").is_visible()
    raw.first.fill('{"field": "context.country", "operator": "=", "value": "SE"}')
    raw.nth(1).focus()

    assert raw.count() == 3
    assert written(page)["rules"][0]["value"] == "SE"
    assert written(page)["rules"][1:] == UNHEARD_OF["rules"][1:]


def test_the_value_editors_write_what_the_operators_take(stored):
    page = stored({"combinator": "and", "rules": [
        {"field": "trait.age", "operator": "=", "value": ""},
        {"field": "context.device", "operator": "=", "value": "mobile"},
        {"field": "context.logged_in", "operator": "=", "value": True},
        {"field": "session.seconds", "operator": ">", "value": 7200},
        {"field": "segments", "operator": "contains", "value": "keen"},
    ]})  # fmt: skip
    condition = page.locator(".px-rb-condition")

    condition.nth(0).get_by_label("Kind of value").select_option("number")
    condition.nth(0).get_by_label("How it compares").select_option("between")
    condition.nth(0).get_by_label("Lowest value").fill("18")
    condition.nth(0).get_by_label("Highest value").fill("30.5")
    condition.nth(1).get_by_label("How it compares").select_option("notIn")
    condition.nth(1).get_by_label("Add a value").fill("tablet")
    condition.nth(1).get_by_label("Add a value").press("Enter")
    condition.nth(1).get_by_label("Remove mobile").click()
    condition.nth(2).get_by_label("Value").select_option("no")
    assert condition.nth(3).get_by_label("Unit").input_value() == "hours"
    condition.nth(3).get_by_label("Unit").select_option("days")
    condition.nth(4).get_by_label("How it compares").select_option("null")

    assert [(rule["operator"], rule["value"]) for rule in written(page)["rules"]] == [
        ("between", [18, 30.5]),
        ("notIn", ["tablet"]),
        ("=", False),
        (">", 172_800),
        ("null", None),
    ]


def test_a_behaviour_may_name_what_nobody_has_done_yet(stored):
    page = stored({})
    page.get_by_role("button", name="Add a condition").click()
    page.locator(":focus").select_option("behaviour")

    page.get_by_label("Count", exact=True).select_option("sum")
    page.get_by_label("Event", exact=True).select_option(label="Another …")
    page.keyboard.type("Brochure Ordered")
    page.keyboard.press("Enter")
    assert page.locator(":focus").input_value() == "Brochure Ordered"
    page.get_by_label("Property", exact=True).select_option(label="Another …")
    page.keyboard.type("pages")
    page.keyboard.press("Tab")
    page.get_by_label("When").select_option(label="Another …")
    page.keyboard.type("45d")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Only some of the events").click()
    page.get_by_role("button", name="Remove: Condition 1").first.click()

    assert page.locator(":focus").inner_text() == "Only some of the events …"
    assert written(page)["rules"][0]["behaviour"] == {
        "event": "Brochure Ordered",
        "aggregate": "sum",
        "window": "45d",
        "property": "pages",
        "where": None,
    }


def test_without_javascript_the_rule_is_json_and_checked(live_server, chromium, signed_in, keen):
    segment = SegmentFactory(slug="chosen", rule={})
    cookies = signed_in.cookies()
    plain = chromium.new_context(java_script_enabled=False)
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto(f"{live_server}{reverse('admin:personalize_segment_change', args=[segment.pk])}")

    page.fill("#id_rule", '{"combinator": "and", "rules": [{"field": "x", "operator": "="}]}')
    page.click("[name=_continue]")
    assert "rules[0].field" in page.locator(".errorlist").inner_text()
    page.fill("#id_rule", json.dumps(NESTED))
    page.click("[name=_continue]")

    assert page.locator(".messagelist .success").is_visible()
    plain.close()


def test_a_variants_audience_is_built_the_same_way(opened, keen):
    variant = VariantFactory(audience=NESTED)
    page = opened(reverse("admin:personalize_variant_change", args=[variant.pk]), "audience")

    assert page.locator(".px-rb-condition").count() == 6


def test_a_variant_in_a_page_has_its_audience_built_the_same_way(
    opened, keen, settings, console_errors
):
    settings.TEMPLATES = plain_templates()
    settings.CMS_TEMPLATES = [("plain.html", "Plain")]
    content = content_of(new_page(UserFactory(is_superuser=True)))
    slot = add_slot(placeholder_of(content), "hero", "Welcome")
    variant = add_variant(slot, "Berlin", NESTED, "Hallo")
    page = opened(reverse("admin:cms_placeholder_edit_plugin", args=[variant.pk]), "audience")

    assert page.locator(".px-rb-condition").count() == 6
    photograph(page, "plugin")
    page.get_by_role("button", name="Remove: Condition 1").first.click()

    assert written(page, "audience")["rules"] == NESTED["rules"][1:]
    console_errors.clear()  # django CMS has inline handlers, which the policy refuses
