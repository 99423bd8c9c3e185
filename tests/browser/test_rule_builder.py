"""The rule builder on the real admin: by keyboard, under a strict CSP, and without JavaScript."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import BrowserContext, Locator, Page, Route

from personalize.models import Segment
from personalize.models.event_definition import register_standard_events
from tests.factories import SegmentFactory, UserFactory, VariantFactory
from tests.rules import strategies

pytestmark = pytest.mark.browser

CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
NESTED = {
    "combinator": "and",
    "rules": [
        {"field": "segments", "operator": "contains", "value": "keen"},
        {
            "combinator": "or",
            "not": True,
            "rules": [
                {"field": "context.device", "operator": "in", "value": ["mobile", "tablet"]},
                {"field": "trait.plan", "operator": "=", "value": "gold"},
                {"field": "session.views", "operator": "between", "value": [2, 10]},
            ],
        },
        {
            "field": "behaviour",
            "operator": ">",
            "value": 2,
            "behaviour": {
                **VIEWS,
                "where": {
                    "combinator": "and",
                    "rules": [{"field": "product_id", "operator": "=", "value": "X"}],
                },
            },
        },
    ],
}
UNHEARD_OF = {
    "combinator": "and",
    "note": "kept",
    "rules": [
        {"field": "weather.sky", "operator": "=", "value": "blue"},
        {"field": "context.device", "operator": "resembles", "value": {"a": [1]}},
        {"combinator": "xor", "rules": []},
        {"field": "behaviour", "operator": ">", "value": 2, "behaviour": {"event": 7}},
        {"field": "context.device", "operator": "=", "value": "mobile", "note": [1, 2]},
    ],
}


@pytest.fixture
def keen(db: None) -> Segment:
    register_standard_events()
    return SegmentFactory(name="Keen visitors", slug="keen", rule={})


@pytest.fixture
def signed_in(live_server: object, context: BrowserContext) -> BrowserContext:
    """The editor's browser."""
    client = Client()
    client.force_login(UserFactory(username="editor", is_superuser=True))
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": str(live_server)}])
    return context


def strict(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": CSP})


@pytest.fixture
def opened(
    live_server: object, signed_in: BrowserContext, page: Page
) -> Callable[[str, str], Page]:
    """Return what opens a screen under a strict CSP, once its rule builder is there."""
    page.route("**/admin/**", strict)

    def open_screen(address: str, field: str) -> Page:
        page.goto(f"{live_server}{address}")
        page.wait_for_selector(f"#id_{field}[hidden]", state="attached")
        return page

    return open_screen


@pytest.fixture
def stored(opened: Callable[[str, str], Page], keen: Segment) -> Callable[[Any], Page]:
    """Return what stores a rule, and opens its segment's screen."""
    segment = SegmentFactory(name="Chosen", slug="chosen", rule={})

    def open_segment(rule: Any) -> Page:
        Segment.objects.filter(pk=segment.pk).update(rule=rule)
        return opened(reverse("admin:personalize_segment_change", args=[segment.pk]), "rule")

    return open_segment


def written(page: Page) -> Any:
    return json.loads(page.input_value("#id_rule"))


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"rule-builder-{name}.png", full_page=True)


def told(page: Page) -> Locator:
    return page.locator(".px-rb-sentence")


def tab_to(page: Page, name: str, *, back: bool = False) -> Locator:
    """Press Tab until the focus is on the control of that name."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = page.locator(":focus")
        names = "e => [e.ariaLabel, e.innerText.trim(), e.value]"
        if focused.count() and name in focused.evaluate(names):
            return focused
    raise AssertionError(f"Tab never reached {name!r}")


def pick(page: Page, option: str) -> None:
    """Type an option's name into the select that has the focus."""
    page.keyboard.type(option)
    chosen = page.locator(":focus").evaluate("e => e.selectedOptions[0].label")
    assert chosen.startswith(option)


def touch(page: Page) -> None:
    """Add a condition at the end, and take it away again: the whole rule is written anew."""
    page.locator(
        ".px-rb > div > .queryBuilder > .px-rb-group > .px-rb-additions button"
    ).first.click()
    page.keyboard.press("Tab")
    tab_to_remove = page.locator(":focus")
    for _ in range(3):
        page.keyboard.press("Tab")
    assert "Remove" in tab_to_remove.page.locator(":focus").get_attribute("aria-label")
    page.keyboard.press("Enter")


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
    pick(page, "Behaviour")
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
    assert told(page).inner_text().startswith("is in segment “Keen visitors” and (")


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

    @settings(
        max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
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


def test_faults_and_hints_stand_at_their_node(stored):
    page = stored(UNHEARD_OF)

    fault = page.get_by_role("group", name="Condition 2").get_by_text("Fault:")
    fault.wait_for()
    assert "What is wrong: 5" in told(page).inner_text()


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


def test_a_server_that_fails_blocks_neither_editing_nor_saving(stored, console_errors):
    page = stored({})
    page.route("**/rules/*/", lambda route: route.fulfill(status=502, body="down"))

    page.get_by_role("button", name="Add a condition").click()
    page.locator(":focus").select_option("segments")
    page.get_by_label("Value").select_option("keen")
    page.get_by_text("The rule can be saved all the same").wait_for()
    page.click("[name=_continue]")

    page.wait_for_selector(".messagelist .success")
    assert page.get_by_text("The rule builder is not available just now").is_visible()
    assert page.is_visible("#id_rule")
    console_errors.clear()  # Chromium notes each 502


def test_a_late_answer_to_an_earlier_rule_is_not_shown(stored):
    page = stored({})
    asked = []

    def answer(route: Route) -> None:
        request = route.request.post_data_json
        asked.append(request["asked"])
        words = {"sentence": "", "share": 0, "margin": 0, "is_exact": True, "known": 99}
        body = {**words, "matched": len(asked), "asked": asked[0]}
        route.fulfill(json=body)

    page.route("**/rules/count/", answer)
    page.get_by_role("button", name="Add a condition").click()
    page.locator(":focus").select_option("context.device")
    page.get_by_text("1 of 99 visitors").wait_for()
    page.get_by_label("Value").fill("mobile")
    told(page).filter(has_text="mobile").wait_for()
    page.wait_for_function("!document.querySelector('.px-rb-verdict[aria-busy=true]')")

    assert len(set(asked)) == 2
    assert page.get_by_text("2 of 99 visitors").count() == 0


def test_the_rule_is_tested_against_the_editors_own_browser(stored):
    page = stored(NESTED)

    page.get_by_text("Test the rule with a visitor").click()
    page.get_by_role("button", name="Test with my own browser").click()

    page.locator(".px-rb-test [role=status] p").wait_for()


def test_a_variants_audience_is_built_the_same_way(opened, keen):
    variant = VariantFactory(audience=NESTED)
    page = opened(reverse("admin:personalize_variant_change", args=[variant.pk]), "audience")

    assert page.locator(".px-rb-condition").count() == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_builder(stored, scheme, console_errors):
    for rule, name in ((NESTED, "nested"), (UNHEARD_OF, "unheard-of")):
        page = stored(rule)
        told(page).filter(has_text=" ").wait_for()
        assert console_errors == []
        page.emulate_media(color_scheme=scheme)
        photograph(page, f"{name}-{scheme}")
        found = Axe().run(page).response["violations"]
        grave = [each for each in found if each["impact"] in {"serious", "critical"}]
        assert [(each["id"], each["nodes"][0]["html"]) for each in grave] == []
        console_errors.clear()  # axe and the camera write styles that the policy refuses


def test_nothing_of_the_builder_sticks_out_of_a_phone(stored):
    page = stored(NESTED)
    page.set_viewport_size({"width": 360, "height": 740})

    photograph(page, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
