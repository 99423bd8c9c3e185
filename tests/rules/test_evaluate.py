"""Compiled rules say what a reader of the reference would."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.rules.evaluate import compile_filter, compile_rule, explain, property_reader
from personalize.rules.facts import PlainFacts
from personalize.rules.syntax import Group, behaviours, parse, parse_behaviour
from tests.rules import strategies

CASES = json.loads((Path(__file__).parents[1] / "cases" / "rules.json").read_text())


def facts_of(given_facts: Mapping[str, Any]) -> PlainFacts:
    return PlainFacts(
        traits=given_facts.get("traits", {}),
        contexts=given_facts.get("context", {}),
        sessions=given_facts.get("session", {}),
        segments=frozenset(given_facts.get("segments", [])),
        predictions=given_facts.get("predictions", {}),
        behaviours={
            parse_behaviour(row["behaviour"]).key: row["value"]
            for row in given_facts.get("behaviours", [])
        },
    )


@pytest.mark.parametrize("case", CASES["rules"], ids=lambda case: case["name"])
def test_a_case_of_the_table_holds(case: dict[str, Any]) -> None:
    rule, facts = parse(case["rule"]), facts_of(case["facts"])

    assert compile_rule(rule)(facts) is case["matches"]
    assert explain(rule, facts).matched is case["matches"]


@st.composite
def rules_with_facts(draw: st.DrawFn) -> tuple[Group, PlainFacts]:
    rule = parse(draw(strategies.rules))
    return rule, draw(strategies.facts([each.key for each in behaviours(rule)]))


@given(rules_with_facts())
def test_a_compiled_rule_agrees_with_a_naive_reading(drawn: tuple[Group, PlainFacts]) -> None:
    rule, facts = drawn

    assert compile_rule(rule)(facts) is naive(rule, lambda leaf: fact_of(leaf, facts))


@given(strategies.filters, st.dictionaries(strategies.keys | strategies.words, strategies.anything))
def test_a_compiled_filter_agrees_with_a_naive_reading(
    rule: dict[str, Any], properties: dict[str, Any]
) -> None:
    parsed = parse({"field": "behaviour", "operator": "=", "value": 1, "behaviour": {
        "event": "Product Viewed", "aggregate": "count", "where": rule}})  # fmt: skip
    (behaviour,) = behaviours(parsed)
    where = behaviour.where or Group()

    assert compile_filter(where)(properties) is naive(
        where, lambda leaf: property_reader(leaf.field)(properties)
    )


@given(rules_with_facts())
def test_an_explanation_agrees_with_the_compiled_rule_at_every_node(
    drawn: tuple[Group, PlainFacts],
) -> None:
    rule, facts = drawn
    explanation = explain(rule, facts)

    assert explanation.matched is compile_rule(rule)(facts)
    for node, child in zip(rule.rules, explanation.children, strict=True):
        assert child.matched is compile_rule(Group(rules=(node,)))(facts)
    assert explanation.as_json()["matched"] is explanation.matched


@given(rules_with_facts())
def test_a_negated_rule_matches_exactly_the_others(drawn: tuple[Group, PlainFacts]) -> None:
    rule, facts = drawn
    opposite = Group(rule.combinator, rule.rules, not rule.negated)

    assert compile_rule(opposite)(facts) is not compile_rule(rule)(facts)


def test_an_explanation_tells_the_actual_values(visitor: PlainFacts) -> None:
    rule = parse(
        {
            "combinator": "and",
            "rules": [
                {"field": "trait.plan", "operator": "=", "value": "team"},
                {"field": "segments", "operator": "in", "value": ["vip", "lost"]},
                {"field": "segments", "operator": "null"},
            ],
        }
    )

    children = explain(rule, visitor).as_json()["rules"]

    assert [child["actual"] for child in children] == ["pro", ["vip"], True]
    assert [child["matched"] for child in children] == [False, True, False]


@pytest.fixture
def visitor() -> PlainFacts:
    return PlainFacts(traits={"plan": "pro"}, segments=frozenset({"vip"}))


def test_a_dotted_property_is_a_key_first_and_a_path_second() -> None:
    read = property_reader("address.city")

    assert read({"address.city": "Ulm", "address": {"city": "Bonn"}}) == "Ulm"
    assert read({"address": {"city": "Bonn"}}) == "Bonn"
    assert read({"address": "Bonn"}) is None
    assert read({}) is None


# The naive reading: straight from the reference, with none of the code under test.


def fact_of(leaf: Any, facts: PlainFacts) -> Any:
    if leaf.field == "segments":
        return sorted(facts.segments) or None
    if leaf.behaviour:
        return facts.behaviours.get(leaf.behaviour.key)
    family, name = leaf.field.split(".", 1)
    sources = {
        "trait": facts.traits,
        "context": facts.contexts,
        "session": facts.sessions,
        "prediction": facts.predictions,
    }
    return sources[family].get(name)


def naive(node: Any, fact_for: Any) -> bool:
    if isinstance(node, Group):
        found = [naive(child, fact_for) for child in node.rules]
        holds = all(found) if node.combinator == "and" or not found else any(found)
        return not holds if node.negated else holds
    fact = fact_for(node)
    if node.field == "segments" and not node.operator.lower().endswith("null"):
        asked = list(node.value) if isinstance(node.value, tuple) else [node.value]
        is_member = any(slug in (fact or []) for slug in asked)
        return is_member if node.operator in ("=", "contains", "in") else not is_member
    negative = {"!=": "=", "notIn": "in", "doesNotContain": "contains", "notNull": "null"}
    if node.operator in negative:
        return not naive_test(negative[node.operator], fact, node.value)
    return naive_test(node.operator, fact, node.value)


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {str: "text", int: "number", float: "number"}.get(type(value), "other")


def alike(fact: Any, value: Any) -> bool:
    return kind(fact) == kind(value) != "other"


def naive_test(operator: str, fact: Any, value: Any) -> bool:
    match operator:
        case "null":
            return fact is None
        case "=":
            return alike(fact, value) and bool(fact == value)
        case "in":
            return any(naive_test("=", fact, each) for each in value)
        case "contains" if kind(fact) == "text":
            return kind(value) == "text" and value in fact
        case "contains":
            return isinstance(fact, list) and any(naive_test("=", each, value) for each in fact)
        case "between":
            return all(alike(fact, each) for each in value) and bool(value[0] <= fact <= value[1])
    if not alike(fact, value):
        return False
    return naive_comparison(operator, fact, value)


def naive_comparison(operator: str, fact: Any, value: Any) -> bool:
    match operator:
        case "<":
            return bool(fact < value)
        case "<=":
            return bool(fact <= value)
        case ">":
            return bool(fact > value)
        case ">=":
            return bool(fact >= value)
        case "beginsWith":
            return bool(fact[: len(value)] == value)
        case "endsWith":
            return value == "" or bool(fact[-len(value) :] == value)
        case "matches":
            return is_text(fact) and re.search(value.replace("$", r"\Z"), fact) is not None
    raise AssertionError(operator)


def is_text(fact: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in fact)
