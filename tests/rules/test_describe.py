"""Rules are said in words."""

from typing import Any

import pytest
from hypothesis import given

from personalize.rules.describe import Names, describe, describe_behaviour
from personalize.rules.syntax import parse, parse_behaviour
from tests.rules import strategies


def leaf(field: str, operator: str, value: Any = None, **behaviour: Any) -> dict[str, Any]:
    condition = {"field": field, "operator": operator, "value": value}
    return {**condition, "behaviour": behaviour} if behaviour else condition


def group(*rules: Any, combinator: str = "and", **more: Any) -> dict[str, Any]:
    return {"combinator": combinator, "rules": list(rules), **more}


ORDERS = {"event": "Order Completed", "aggregate": "count"}
SENTENCES = [
    ({}, "everybody"),
    (group(**{"not": True}), "nobody"),
    (leaf("trait.plan", "=", "pro"), "their plan is “pro”"),
    (leaf("trait.age", "between", [18, 30]), "their age is between 18 and 30"),
    (leaf("trait.plan", "notNull"), "their plan is known"),
    (leaf("trait.plan", "in", ["pro", "team", 3]), "their plan is one of “pro”, “team” or 3"),
    (leaf("trait.plan", "in", []), "their plan is one of nothing"),
    (leaf("context.os", "!=", "iOS"), "operating system is not “iOS”"),
    (leaf("context.logged_in", "=", True), "being logged in is true"),
    (leaf("session.views", ">=", 3), "pages viewed in this session is at least 3"),
    (leaf("prediction.churn", ">", 0.5), "predicted churn is more than 0.5"),
    (leaf("segments", "contains", "vip"), "is in segment “vip”"),
    (leaf("segments", "notIn", ["vip", "new"]), "is not in segment “vip” or “new”"),
    (leaf("segments", "null"), "is in no segment"),
    (leaf("behaviour", ">", 0, **ORDERS), "did “Order Completed”"),
    (
        leaf("behaviour", "=", 0, **ORDERS, window="1d"),
        "did not do “Order Completed” in the last day",
    ),
    (leaf("behaviour", "<=", 1, **ORDERS), "did “Order Completed” at most once"),
    (
        leaf("behaviour", "between", [1, 2], **ORDERS),
        "the number of “Order Completed” is between 1 and 2",
    ),
    (
        leaf("behaviour", "<", 259_200, event="Signed In", aggregate="seconds_since_last"),
        "the time since the last “Signed In” is less than 3 days",
    ),
    (
        leaf(
            *("behaviour", ">", 99.5),
            **{**ORDERS, "aggregate": "sum", "property": "revenue", "window": "session"},
        ),
        "the sum of revenue in “Order Completed” in this session is more than 99.5",
    ),
    (
        group(
            leaf(
                *("behaviour", ">", 2),
                event="Product Viewed",
                aggregate="count",
                window="7d",
                where=group(leaf("product_id", "=", "X"), leaf("price", "<", 5)),
            ),
            leaf("segments", "=", "high-intent"),
        ),
        "did “Product Viewed” more than 2 times in the last 7 days "
        "(where product_id is “X” and price is less than 5) and is in segment “high-intent”",
    ),
    (
        group(
            leaf("trait.a", "=", 1),
            group(leaf("trait.b", "=", 2), leaf("trait.c", "=", 3), combinator="or"),
            group(leaf("trait.d", "=", 4), **{"not": True}),
        ),
        "their a is 1 and (their b is 2 or their c is 3) and not (their d is 4)",
    ),
]


@pytest.mark.parametrize(("rule", "sentence"), SENTENCES, ids=[words for _, words in SENTENCES])
def test_a_rule_reads_as_a_sentence(rule: dict[str, Any], sentence: str) -> None:
    assert describe(parse(rule)) == sentence


@given(strategies.rules)
def test_every_rule_has_a_sentence(rule: dict[str, Any]) -> None:
    assert describe(parse(rule)).strip()


def test_a_behaviour_reads_as_what_is_counted() -> None:
    behaviour = parse_behaviour({**ORDERS, "window": "7d"})

    assert describe_behaviour(behaviour) == "the number of “Order Completed” in the last 7 days"


def test_a_long_list_is_cut_short() -> None:
    sentence = describe(parse(leaf("trait.x", "in", list(range(12)))))

    assert sentence == "their x is one of 0, 1, 2, 3, 4, 5, 6, 7 or 4 more"


def test_a_sentence_speaks_the_language_and_names_of_its_reader() -> None:
    german = {
        "is in segment {segments}": "gehört zu {segments}",
        "and": "und",
        "“{text}”": "„{text}“",
    }
    names = Names(
        translate=lambda phrase: german.get(phrase, phrase),
        segment=lambda slug: {"vip": "Stammkunden"}[slug],
        trait=lambda key: {"plan": "Tarif"}[key],
    )
    rule = group(leaf("segments", "=", "vip"), leaf("trait.plan", "=", "{pro}"))

    words = describe(parse(rule), names=names)

    assert words == "gehört zu „Stammkunden“ und their Tarif is „{pro}“"
