"""Rules parse into a tree, and every fault names its node."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from personalize.rules.syntax import (
    MAX_DEPTH,
    MAX_NODES,
    Behaviour,
    Group,
    InvalidRule,
    Leaf,
    behaviours,
    parse,
    parse_behaviour,
    segments,
    to_json,
)
from tests.rules import strategies

CASES = json.loads((Path(__file__).parents[1] / "cases" / "rules.json").read_text())

VIEWED: dict[str, Any] = {
    "event": "Product Viewed",
    "aggregate": "count",
    "window": "7d",
    "where": {
        "combinator": "and",
        "rules": [{"field": "product_id", "operator": "=", "value": "X"}],
    },
}
LEAF: dict[str, Any] = {"field": "trait.plan", "operator": "=", "value": "pro"}


def group(*rules: Any, combinator: str = "and") -> dict[str, Any]:
    return {"combinator": combinator, "rules": list(rules)}


def test_a_rule_parses_into_groups_conditions_and_behaviours() -> None:
    rule = parse(group({"field": "behaviour", "operator": ">", "value": 2, "behaviour": VIEWED}))

    (leaf,) = rule.rules
    assert isinstance(leaf, Leaf)
    assert (leaf.field, leaf.operator, leaf.value) == ("behaviour", ">", 2)
    assert leaf.behaviour == parse_behaviour(VIEWED)
    assert leaf.behaviour.where == Group(rules=(Leaf("product_id", "=", "X"),))


@pytest.mark.parametrize("empty", [None, {}])
def test_nothing_is_a_rule_that_matches_everybody(empty: Any) -> None:
    assert parse(empty) == Group("and", (), negated=False)


def test_a_single_condition_is_a_group_of_one() -> None:
    assert parse(LEAF) == parse(group(LEAF))


@given(strategies.rules)
def test_a_rule_survives_the_way_to_json_and_back(rule: dict[str, Any]) -> None:
    parsed = parse(rule)
    written = json.loads(json.dumps(to_json(parsed)))

    assert parse(written) == parsed
    assert to_json(parse(written)) == written


@given(strategies.anything)
def test_what_is_no_rule_is_refused_and_nothing_else_happens(value: Any) -> None:
    if value in (None, {}):
        return
    with pytest.raises(InvalidRule, match="expected"):
        parse(value)


def test_what_the_builder_adds_is_ignored() -> None:
    exported = {**LEAF, "id": "r-1", "path": [0], "valueSource": "value", "disabled": False}

    assert parse({**group(exported), "id": "g-1"}) == parse(group(LEAF))


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case["name"])
def test_a_fault_of_the_table_is_found_at_its_node(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidRule) as caught:
        parse(case["rule"])

    assert [fault.path for fault in caught.value.faults] == case["paths"]
    assert all(word in str(caught.value) for word in case["words"])


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(InvalidRule) as caught:
        parse(group({**LEAF, "operator": "equals"}, 3, {**LEAF, "field": "age"}))

    assert [fault.path for fault in caught.value.faults] == [
        "rules[0].operator",
        "rules[1]",
        "rules[2].field",
    ]


def nested(levels: int) -> dict[str, Any]:
    rule = group(LEAF)
    for _ in range(levels - 1):
        rule = group(rule)
    return rule


def test_groups_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    assert parse(nested(MAX_DEPTH))
    with pytest.raises(InvalidRule, match="at most 10 levels"):
        parse(nested(MAX_DEPTH + 1))


def test_a_very_deep_rule_is_refused_without_a_recursion_error() -> None:
    with pytest.raises(InvalidRule, match="at most 10 levels"):
        parse(nested(100_000))


def test_a_rule_has_as_many_nodes_as_the_limit_and_no_more() -> None:
    assert parse(group(*[LEAF] * (MAX_NODES - 1)))
    with pytest.raises(InvalidRule, match="at most 200") as caught:
        parse(group(*[LEAF] * 100_000))
    assert len(caught.value.faults) == 1


def test_the_filters_of_behaviours_count_as_nodes() -> None:
    where = group(*[{"field": "a", "operator": "=", "value": 1}] * 150)
    leaf = {
        "field": "behaviour",
        "operator": ">",
        "value": 1,
        "behaviour": {**VIEWED, "where": where},
    }

    with pytest.raises(InvalidRule, match="at most 200"):
        parse(group(leaf, leaf))


def test_not_a_number_is_refused_as_a_value() -> None:
    with pytest.raises(InvalidRule, match="value: expected a finite number"):
        parse({**LEAF, "value": float("nan")})


def test_a_behaviour_has_the_key_of_its_content() -> None:
    one = parse_behaviour(VIEWED)
    same = parse_behaviour(json.loads(json.dumps(to_json(one))))
    other = parse_behaviour({**VIEWED, "window": "8d"})

    assert one == same
    assert one.key == "b_ddcbeb22abde50b5"
    assert one.key != other.key


def test_true_and_one_are_different_values() -> None:
    assert Leaf("trait.a", "=", True) != Leaf("trait.a", "=", 1)
    where = Group(rules=(Leaf("a", "=", True),))
    other = Group(rules=(Leaf("a", "=", 1),))
    assert Behaviour("E", "count", where=where) != Behaviour("E", "count", where=other)


def test_a_whole_float_is_the_integer() -> None:
    assert parse({**LEAF, "value": 2.0}) == parse({**LEAF, "value": 2})


def test_the_behaviours_of_a_rule_are_found_once_each() -> None:
    leaf = {"field": "behaviour", "operator": ">", "value": 2, "behaviour": VIEWED}

    assert behaviours(parse(group(leaf, group({**leaf, "value": 5})))) == {parse_behaviour(VIEWED)}


def test_the_segments_of_a_rule_are_found_wherever_they_are_named() -> None:
    rule = group(
        {"field": "segments", "operator": "=", "value": "vip"},
        group({"field": "segments", "operator": "notIn", "value": ["new", "lost"]}),
        {"field": "segments", "operator": "null"},
        LEAF,
    )

    assert segments(parse(rule)) == {"vip", "new", "lost"}
