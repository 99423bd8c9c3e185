"""Every aggregate in every window, asked by every operator that suits it: both ways the same."""

from itertools import product
from random import Random
from typing import Any

import pytest

from personalize.profile.traits import trait_set
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.operators import OPERATORS, Shape
from personalize.rules.syntax import Group, parse
from tests.parity.asking import Setting, by_predicate, by_query
from tests.parity.histories import HOUR, NOW, a_site

WINDOWS = [None, "session", "1m", "30m", "2h", "65h", "7d", "400d"]
TEXTS = ["a", "ab", "a" * 128, ""]
NUMBERS = [0, 1, 2, 5, 2.5, -1, 1_000_000_000_000, 3_600, 86_400]
WHERE = {
    "combinator": "or",
    "not": True,
    "rules": [
        {"field": "tags", "operator": "contains", "value": "a"},
        {"field": "address.city", "operator": "=", "value": 1},
    ],
}


def values_of(operator: str, aggregate: str) -> list[Any]:
    """Return values to compare with: where any type suits, all of them."""
    shape, is_number = OPERATORS[operator].shape, AGGREGATES[aggregate].kind == "number"
    numbers = [*NUMBERS[:4], 3_600] if is_number else [0, 1, 5]
    return {
        Shape.NOTHING: [None],
        Shape.SCALAR: numbers if is_number else [*numbers, *TEXTS, True],
        Shape.ORDERED: numbers if is_number else [*numbers, *TEXTS],
        Shape.TEXT: TEXTS,
        Shape.PATTERN: ["^a", "b$", "(?i)A"],
        Shape.LIST: [[], numbers[:2]] if is_number else [[], ["a", 1], [True, "ab"]],
        Shape.PAIR: [[0, 2], [1, 10**9]] if is_number else [["a", "b"], [0, 5]],
    }[shape]


def rules_of(aggregate: str) -> dict[str, Group]:
    """Return a rule for every window and operator, with each of the operator's values in turn."""
    row, rules = AGGREGATES[aggregate], {}
    suiting = [name for name, operator in OPERATORS.items() if row.kind in operator.kinds]
    for number, (window, name) in enumerate(product(WINDOWS, suiting)):
        values = values_of(name, aggregate)
        behaviour = {
            "event": "Product Viewed",
            "aggregate": aggregate,
            "window": window,
            "property": "price" if row.needs_property else None,
            "where": WHERE if WINDOWS.index(window) % 2 else None,
        }
        leaf = {"field": "behaviour", "operator": name, "value": values[number % len(values)]}
        rules[f"r{number}"] = parse({**leaf, "behaviour": behaviour})
    return rules


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_an_aggregate_is_the_same_in_every_window_by_every_operator(aggregate: str):
    rules, setting = rules_of(aggregate), Setting()
    traits = trait_set(setting.needed(rules))
    site = a_site(Random(aggregate), traits=traits, visitors=60, events=30)
    now = NOW + len(aggregate) % 2 * 7 * HOUR
    found = by_query(rules, site, setting, now=now)
    for name, expected in by_predicate(rules, site, setting, now=now).items():
        has_sessions = setting.asks_sessions(rules[name])
        wrong = {
            person
            for person in found[name] ^ expected
            if not has_sessions or site.has_plain_sessions(person)
        }
        assert not wrong, f"{rules[name]} differs about {sorted(wrong)}"


def test_few_of_the_random_histories_are_left_out_of_the_comparison_of_sessions():
    site = a_site(Random(1), traits=trait_set([]), visitors=200, events=12)
    plain = [person for person in site.living() if site.has_plain_sessions(person)]
    assert len(plain) > 0.6 * len(site.living())
