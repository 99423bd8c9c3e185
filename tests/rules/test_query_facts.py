"""What rules, and the segments that they name, ask about."""

from typing import Any

from personalize.rules.query_facts import Asked, Known
from personalize.rules.syntax import parse

VIEWS = {"event": "Product Viewed", "aggregate": "count"}


def viewed(operator: str = ">", value: int = 2, **more: Any) -> dict[str, Any]:
    behaviour = {**VIEWS, **more}
    return {"field": "behaviour", "operator": operator, "value": value, "behaviour": behaviour}


def test_what_segments_ask_is_asked_too() -> None:
    named = {"field": "segments", "operator": "in", "value": ["keen", "chosen", "unknown"]}
    plan = {"field": "trait.plan", "operator": "notNull"}
    keen = parse({"combinator": "or", "rules": [viewed(), plan]})
    asked = Asked.by([parse(named)], Known(segments={"keen": keen, "chosen": None}))
    assert [each.event for each in asked.behaviours.values()] == ["Product Viewed"]
    assert asked.columns.keys() == {"trait.plan", "segments.chosen"}
    assert list(asked.family("trait").values()) == ["plan"]


def test_people_without_the_events_may_be_skipped_where_no_rule_means_them() -> None:
    assert Asked.by([parse(viewed())], Known()).may_skip
    assert not Asked.by([parse(viewed("=", 0))], Known()).may_skip
    assert not Asked.by([parse(viewed(window="session"))], Known()).may_skip
    assert not Asked.by(
        [parse({"field": "context.hour", "operator": "="} | {"value": 7})], Known()
    ).may_skip


def test_a_stranger_is_meant_by_segments_that_mean_everybody() -> None:
    known = Known(segments={"all": parse({}), "circle": parse(_in("circle"))})
    assert Asked.by([parse(_in("all"))], known).may_mean_strangers
    assert not Asked.by([parse(_in("circle"))], known).may_mean_strangers
    first = parse({"field": "session.number", "operator": "=", "value": 1})
    assert Asked.by([first], known).may_mean_strangers


def _in(slug: str) -> dict[str, Any]:
    return {"field": "segments", "operator": "=", "value": slug}
