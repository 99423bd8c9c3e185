"""The table of operators is complete; what each one means is in cases/rules.json."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.rules.fields import Kind, Unexpected
from personalize.rules.operators import OPERATORS, compile_pattern, operator_named
from tests.rules import strategies

CASES = json.loads((Path(__file__).parents[1] / "cases" / "rules.json").read_text())
NEGATIVE = sorted(name for name, row in OPERATORS.items() if row.negates)


def test_every_operator_has_a_case_that_matches_and_one_that_does_not() -> None:
    shown = {
        (case["rule"]["rules"][0]["operator"], case["matches"])
        for case in CASES["rules"]
        if case["rule"].get("rules") and "operator" in case["rule"]["rules"][0]
    }

    assert {name for name, _ in shown} == set(OPERATORS)
    assert shown == {(name, matches) for name in OPERATORS for matches in (True, False)}


@given(st.data(), st.sampled_from(NEGATIVE), strategies.anything)
def test_a_negative_operator_is_the_exact_negation(
    data: st.DataObject, name: str, fact: object
) -> None:
    row = OPERATORS[name]
    value = tuple_of(data.draw(strategies.values(row, Kind.ANY)))

    assert row.test(value)(fact) is not OPERATORS[row.negates].test(value)(fact)


def tuple_of(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["==", "", None, 3, [], "IN"])
def test_an_operator_that_does_not_exist_is_refused(name: object) -> None:
    with pytest.raises(Unexpected, match="expected one of =, !="):
        operator_named(name)


def test_a_near_miss_is_told_the_name() -> None:
    with pytest.raises(Unexpected, match="Did you mean 'notIn'"):
        operator_named("notin")


def test_a_pattern_that_explodes_elsewhere_takes_linear_time() -> None:
    matches = OPERATORS["matches"].test("(x+x+)+y")

    assert matches("x" * 100_000) is False


def test_a_pattern_that_would_take_too_much_memory_is_refused() -> None:
    with pytest.raises(Unexpected, match="RE2"):
        compile_pattern("((a{100}){100}){100}")
