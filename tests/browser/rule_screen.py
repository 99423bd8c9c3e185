"""The screens with a rule builder: rules to store, and how tests drive the controls."""

import json
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

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


def written(page: Page, field: str = "rule") -> Any:
    return json.loads(page.input_value(f"#id_{field}"))


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
    """Go down the select that has the focus, to the option that begins so."""
    page.keyboard.press("Home")
    for _ in range(60):
        chosen = page.locator(":focus").evaluate("e => e.selectedOptions[0].label")
        if chosen.startswith(option):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no option {option!r}")


def touch(page: Page) -> None:
    """Add a condition at the end, and take it away again: the whole rule is written anew."""
    page.get_by_role("button", name="Add a condition").last.click()
    page.locator(".px-rb-condition:has(:focus) [data-part=remove]").click()
