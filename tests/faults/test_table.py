"""The table of faults: a line for each row, and what became of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults.report import ROW
from tests.faults.table import ELSEWHERE, ROWS, page


def result(row: str, **changes: Any) -> dict[str, Any]:
    test = f"tests/faults/test_web.py::test_a_web_worker_is_killed_{row}"
    return {"row": row, "test": test, "how": "", "outcome": "passed", "figures": "", **changes}


def line_of(row: str, *results: dict[str, Any]) -> str:
    text = page(list(results), at=datetime(2026, 1, 2, tzinfo=UTC))
    return next(line for line in text.splitlines() if line.startswith(f"| {row} |"))


def test_every_row_has_a_line():
    for row in (*ROWS, *ELSEWHERE):
        assert line_of(row)


def test_a_row_says_how_it_was_done_and_what_was_measured():
    line = line_of("F3", result("F3", how="SIGKILL", figures="4 kills"))
    assert line.endswith("| SIGKILL | 1 test passed | 4 kills |")


def test_without_words_the_name_of_the_test_says_it():
    assert "| a web worker is killed |" in line_of("F3", result("F3"))


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["passed", "failed"], "**failed**"),
        (["passed", "skipped"], "1 test passed, 1 not run"),
        (["skipped"], "not run"),
        ([], "not run"),
    ],
)
def test_the_worst_outcome_is_told(outcomes, said):
    results = [result("F3", outcome=each) for each in outcomes]
    assert f"| {said} |" in line_of("F3", *results)


@pytest.mark.parametrize("name", ["test_a_F3", "test_a_F3[stopped]"])
def test_a_test_is_named_by_its_row(name):
    found = ROW.search(name)
    assert found
    assert found[1] == "F3"
