"""What the rule builder tells while an editor writes, and how it looks."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route

from tests.browser.rule_screen import NESTED, UNHEARD_OF, photograph, told
from tests.segment.test_counts import know

pytestmark = pytest.mark.browser


def test_faults_and_hints_stand_at_their_node(stored):
    page = stored(UNHEARD_OF)

    fault = page.get_by_role("group", name="Condition 2").get_by_text("Fault:")
    fault.wait_for()
    assert "What is wrong: 5" in told(page).inner_text()


def test_a_rule_that_nobody_can_meet_says_so(stored):
    page = stored({"combinator": "and", "rules": [
        {"field": "session.views", "operator": ">", "value": 9},
        {"field": "session.views", "operator": "<", "value": 3},
    ]})  # fmt: skip

    page.get_by_text("Nobody can meet both").wait_for()


def test_the_count_and_examples_follow_the_rule(stored):
    for number in range(4):
        know(f"a:{number}", traits={"plan": "gold" if number else "silver"})
    page = stored({"combinator": "and", "rules": []})

    page.get_by_text("4 of 4 visitors, 100%").wait_for()
    page.get_by_role("button", name="Edit as JSON").click()
    page.fill("#id_rule", '{"field": "trait.plan", "operator": "=", "value": "gold"}')
    page.get_by_role("button", name="Edit as JSON").click()
    page.get_by_text("3 of 4 visitors, 75%").wait_for()
    page.get_by_text("Examples of visitors who match").click()

    examples = page.locator(".px-rb-verdict li a")
    assert examples.count() == 3
    assert "/visitor/" in examples.first.get_attribute("href")


def test_a_server_that_fails_blocks_neither_editing_nor_saving(stored, console_errors):
    page = stored({})
    page.route("**/rules/*/", lambda route: route.fulfill(status=502, body="down"))

    page.get_by_role("button", name="Add a condition").click()
    page.locator(":focus").select_option("segments")
    page.get_by_label("Value").select_option("keen")
    page.get_by_text("The rule can be saved all the same").wait_for()
    page.click("[name=_continue]")

    page.wait_for_selector(".messagelist .success")
    page.get_by_text("The rule builder is not available just now").wait_for()
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


def test_the_rule_is_tested_against_a_visitor_clause_by_clause(stored):
    know("a:visitor", traits={"plan": "gold"})
    page = stored({"combinator": "and", "rules": [
        {"field": "trait.plan", "operator": "=", "value": "gold"},
        {"field": "trait.plan", "operator": "=", "value": "silver"},
    ]})  # fmt: skip

    page.get_by_text("Test the rule with a visitor").click()
    page.get_by_role("button", name="Test with my own browser").click()
    page.get_by_text("Your browser is not known as a visitor").wait_for()
    page.get_by_label("Visitor's id").fill("a:visitor")
    page.get_by_label("Visitor's id").press("Enter")
    page.get_by_text("This visitor does not match").wait_for()

    photograph(page, "test")
    clauses = [each.inner_text() for each in page.locator(".px-rb-clauses ul > li").all()]
    assert "✓" in clauses[0]
    assert "✗" in clauses[1]
    assert "gold" in clauses[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_builder(stored, scheme, console_errors):
    for rule, name in ((NESTED, "nested"), (UNHEARD_OF, "unheard-of")):
        page = stored(rule)
        told(page).filter(has_text=" ").wait_for()
        assert console_errors == []
        page.emulate_media(color_scheme=scheme)
        photograph(page, f"{name}-{scheme}")
        found = Axe().run(page, context=".px-rule").response["violations"]
        grave = [each for each in found if each["impact"] in {"serious", "critical"}]
        assert [(each["id"], each["nodes"][0]["html"]) for each in grave] == []
        console_errors.clear()  # axe and the camera write styles that the policy refuses


def test_nothing_of_the_builder_sticks_out_of_a_phone(stored):
    page = stored(NESTED)
    page.set_viewport_size({"width": 360, "height": 740})

    photograph(page, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
