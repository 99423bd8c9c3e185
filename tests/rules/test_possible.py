"""Whether any facts can meet a rule: the search itself, and when it gives up."""

from typing import Any

import pytest

from personalize.rules.possible import Effort, TooHard, is_possible
from personalize.rules.syntax import parse


def rule(operator: str, value: Any) -> Any:
    return parse({"field": "trait.age", "operator": operator, "value": value})


def test_two_rules_are_possible_together_when_some_facts_meet_both() -> None:
    effort = Effort()
    assert is_possible([(rule(">", 3), True), (rule("<", 5), True)], effort=effort)
    assert not is_possible([(rule(">", 5), True), (rule("<", 3), True)], effort=effort)


def test_a_rule_that_is_wanted_to_fail_may_do_so_by_a_missing_value() -> None:
    assert is_possible([(rule(">", 5), False), (rule("<=", 5), False)], effort=Effort())


def test_what_takes_too_many_steps_is_taken_for_possible() -> None:
    wanted = [(rule(">", 5), True), (rule("<", 3), True)]
    assert is_possible(wanted, effort=Effort(steps=1))


def test_steps_are_spent_until_there_are_none() -> None:
    effort = Effort(steps=2)
    effort.spend(2)
    with pytest.raises(TooHard):
        effort.spend()


def test_a_list_of_a_thousand_values_is_judged() -> None:
    many = rule("in", [f"city {number}" for number in range(1_000)])
    assert not is_possible([(many, True), (many, False)], effort=Effort())


def test_after_a_question_that_is_too_hard_easier_ones_are_answered() -> None:
    effort = Effort(steps=100)
    many = [(rule("in", [f"city {number}" for number in range(1_000)]), True)]
    assert is_possible([*many, (rule("null", None), True)], effort=effort)
    assert effort.steps == 49
    assert not is_possible([(rule(">", 5), True), (rule("<", 3), True)], effort=effort)
