"""The rule builder's catalogue: all that a rule may be made of, and nothing that it may not."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalize.admin.rule_catalogue import catalogue, operators_of
from personalize.models import EventDefinition, Trait
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.describe import describe
from personalize.rules.operators import OPERATORS
from personalize.rules.syntax import InvalidRule, parse, to_json
from tests.factories import EventDefinitionFactory, SegmentFactory, TraitFactory, VisitorFactory
from tests.rules import strategies

pytestmark = pytest.mark.django_db
VALUES = {0: [None], 1: ["a", 1, True], 2: [["a", "b"], [1, 2]], -1: [["a"], [1], [True]]}


def fields(found: dict[str, Any]) -> dict[str, Any]:
    return {field["name"]: field for field in found["fields"]}


def is_rule(leaf: dict[str, Any]) -> bool:
    try:
        parse(leaf)
    except InvalidRule:
        return False
    return True


def test_it_lists_fields_segments_events_aggregates_windows_and_operators() -> None:
    SegmentFactory(name="High intent", slug="high-intent")
    SegmentFactory(name="Gone", slug="gone", is_live=False)
    TraitFactory(key="plan", name="Plan")
    TraitFactory(key="b_1", kind=Trait.Kind.COMPUTED, behaviour={"event": "X"})
    found = catalogue()
    named = fields(found)
    assert {"behaviour", "segments", "trait.plan", "context.device", "session.views"} <= set(named)
    assert "trait.b_1" not in named
    assert named["trait.plan"]["label"] == "Plan"
    assert found["segments"] == [{"name": "high-intent", "label": "High intent"}]
    assert {"name": "7d", "label": "in the last 7 days"} in found["windows"]
    assert {"name": "between", "label": "is between", "arity": 2} in found["operators"]
    assert [row["name"] for row in found["aggregates"]] == list(AGGREGATES)


def test_every_field_and_operator_it_offers_is_accepted_by_the_parser() -> None:
    arity = {row["name"]: row["arity"] for row in catalogue()["operators"]}
    for field in catalogue()["fields"]:
        for operator in field["operators"]:
            leaf = {"field": field["name"], "operator": operator}
            assert any(is_rule({**leaf, "value": value}) for value in VALUES[arity[operator]])


def test_every_operator_that_a_field_takes_is_offered() -> None:
    for name, field in fields(catalogue()).items():
        if name == "behaviour":
            continue
        for operator, value in itertools.product(OPERATORS, itertools.chain(*VALUES.values())):
            if is_rule({"field": name, "operator": operator, "value": value}):
                assert operator in field["operators"]


def test_every_window_and_aggregate_it_offers_is_accepted_by_the_parser() -> None:
    found = catalogue()
    for aggregate, window in itertools.product(found["aggregates"], found["windows"]):
        of = "price" if aggregate["needs_property"] else None
        behaviour = {"event": "E", "aggregate": aggregate["name"], "property": of}
        leaf = {"behaviour": {**behaviour, "window": window["name"]}, "field": "behaviour"}
        parse({**leaf, "operator": aggregate["operators"][0], "value": 1})


def test_a_list_may_contain_a_value_or_be_missing() -> None:
    assert operators_of("list") == ["contains", "doesNotContain", "null", "notNull"]


def test_values_and_types_are_those_that_several_visitors_have() -> None:
    for plan in ("gold", "gold", "free"):
        VisitorFactory(traits={"plan": plan, "tags": ["a", "b"]}, context={"device": "phone"})
    VisitorFactory(traits={"plan": "my own"}, context={"device": "desktop"})
    named = fields(catalogue())
    assert (named["trait.plan"]["type"], named["trait.plan"]["values"]) == ("text", ["gold"])
    assert (named["trait.tags"]["type"], named["trait.tags"]["values"]) == ("list", ["a", "b"])
    assert named["context.device"]["values"] == ["phone"]


def test_events_come_with_declared_properties_but_not_blocked_ones() -> None:
    declared = {"size": {"type": "number"}, "box": {"type": "object"}}
    EventDefinitionFactory(name="Shoe Tried", properties=declared, volume=10**9)
    EventDefinitionFactory(name="Noise", status=EventDefinition.Status.BLOCKED)
    events = catalogue()["events"]
    assert (events[0]["name"], events[0]["label"]) == ("Shoe Tried", "Shoe Tried")
    properties = sorted(events[0]["properties"], key=lambda each: each["name"])
    assert properties == [
        {"name": "box", "type": "any", "values": []},
        {"name": "size", "type": "number", "values": []},
    ]
    assert "Noise" not in {event["name"] for event in events}


@given(st.data())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_the_builder_writes_is_read_said_and_written_the_same(data: st.DataObject) -> None:
    """With the keys that react-querybuilder adds for itself, at every node."""
    drawn = data.draw(strategies.rules)
    rule = parse(as_builder_writes(drawn))
    assert rule == parse(drawn)
    assert parse(to_json(rule)) == rule
    assert to_json(parse(to_json(rule))) == to_json(rule)
    assert describe(rule).strip()


def as_builder_writes(node: Any, path: tuple[int, ...] = ()) -> Any:
    if "rules" not in node:
        return {"id": f"r{path}", "path": list(path), "valueSource": "value", **node}
    rules = [as_builder_writes(child, (*path, n)) for n, child in enumerate(node["rules"])]
    return {**node, "id": f"g{path}", "path": list(path), "rules": rules}
