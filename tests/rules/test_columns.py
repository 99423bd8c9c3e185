"""Operators ask the same of columns as of single facts."""

import json
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from personalize.rules.columns import NumberColumn, TypedColumn
from personalize.rules.operators import OPERATORS
from personalize.rules.typed import typed

CASES = json.loads((Path(__file__).parent.parent / "cases" / "rules.json").read_text())["rules"]
FACTS = [
    None,
    "",
    "a",
    "ab",
    "b",
    "é",
    "s",
    "n1",
    0,
    1,
    1.0,
    2.5,
    -1,
    True,
    False,
    ["a", 1],
    [],
    {},
]
VALUES: dict[str, list[Any]] = {
    "=": ["", "a", 0, 1, 2.5, True, False],
    "<": ["", "ab", 0, 1.5],
    "<=": ["", "ab", 0, 1],
    ">": ["", "a", 0, 1.5],
    ">=": ["", "ab", 0, 1],
    "between": [["a", "b"], [0, 2], ["", "é"]],
    "in": [[], ["a", 1], [True], [2.5, ""]],
    "contains": ["", "a", 1, True],
    "beginsWith": ["", "a", "s"],
    "endsWith": ["", "b", "s"],
    "null": [None],
    "matches": ["^a", "b$", ""],
}


def answers(facts: list[Any], operator: str, value: Any, *, numbers: bool = False) -> list[bool]:
    connection = ibis.duckdb.connect()
    texts = [None if fact is None else fact if numbers else typed(fact) for fact in facts]
    kind = pa.float64() if numbers else pa.string()
    connection.con.register("facts", pa.table({"fact": pa.array(texts, kind)}))
    facts_table = connection.table("facts")
    column = (NumberColumn if numbers else TypedColumn)(facts_table.fact)
    asked = facts_table.select(answer=OPERATORS[operator].query(column, value))
    return list(connection.to_pyarrow(asked).to_pydict()["answer"])


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_answers_of_a_column_as_of_each_fact(name: str) -> None:
    row = OPERATORS[name]
    for value in VALUES[row.negates or name]:
        test = row.test(tuple(value) if isinstance(value, list) else value)
        assert answers(FACTS, name, value) == [test(fact) for fact in FACTS], value


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_answers_of_numbers_as_of_each_fact(name: str) -> None:
    row, facts = OPERATORS[name], [None, 0, 1, 2.5, -1]
    for value in VALUES[row.negates or name]:
        test = row.test(tuple(value) if isinstance(value, list) else value)
        found = answers(facts, name, value, numbers=True)
        assert found == [test(fact) for fact in facts], value


def test_the_cases_that_say_what_operators_mean_hold_of_columns() -> None:
    asked = 0
    for case in CASES:
        conditions = case["rule"].get("rules") or []
        if len(conditions) != 1 or conditions[0].get("field") != "trait.x":
            continue
        [leaf] = conditions
        if case["rule"].get("not"):
            continue
        asked += 1
        fact = case["facts"].get("traits", {}).get("x")
        assert answers([fact], leaf["operator"], leaf["value"]) == [case["matches"]], case["name"]
    assert asked > 40
