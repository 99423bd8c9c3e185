"""The operators of the rule language, one row each.

A fact and a rule's value compare when both are texts, both are numbers or both are booleans (a
boolean is not a number); otherwise the test is false, as it is for a missing fact (None). A
negative operator is the exact negation of its positive one.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import re2

from personalize.rules.fields import Kind, Unexpected, did_you_mean
from personalize.rules.phrases import gettext_noop

Test = Callable[[Any], bool]
Condition = Any  # a boolean expression of the query's engine, never NULL

_NUMBERS = frozenset({int, float})
_MAX_PATTERN_MEMORY_BYTES = 1_000_000


class Column(Protocol):
    """Facts of many visitors, in a query: the same questions as of one fact."""

    def equals(self, value: Any, /) -> Condition:
        """Ask whether the fact is the value."""

    def compares(self, compare: Callable[[Any, Any], Any], value: Any, /) -> Condition:
        """Ask whether the fact is of the value's type and `compare` holds of the two."""

    def is_one_of(self, value: Any, /) -> Condition:
        """Ask whether the fact is one of the values."""

    def contains(self, value: Any, /) -> Condition:
        """Ask whether a text has the value as a part, or a list as a member."""

    def begins_with(self, value: str, /) -> Condition:
        """Ask whether a text starts with the value."""

    def ends_with(self, value: str, /) -> Condition:
        """Ask whether a text ends with the value."""

    def is_missing(self) -> Condition:
        """Ask whether there is no fact."""

    def matches(self, pattern: str, /) -> Condition:
        """Ask whether the regular expression is found in a text."""


Query = Callable[[Column, Any], Condition]


class Shape(StrEnum):
    """What a rule's value has to be; the text finishes "expected …"."""

    NOTHING = "nothing"
    SCALAR = "a text, a number, true or false"
    ORDERED = "a text or a number"
    TEXT = "a text"
    PATTERN = "a regular expression"
    LIST = "a list of texts, numbers, true or false"
    PAIR = "a list of 2, the lowest and the highest value"


def equals(value: Any) -> Test:
    """Test that a fact is the value."""
    if isinstance(value, bool):
        return lambda fact: fact is value
    if isinstance(value, str):
        return lambda fact: isinstance(fact, str) and fact == value
    return lambda fact: type(fact) in _NUMBERS and fact == value


def compares(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    """Make the operator that orders numbers by size and texts by code point."""

    def ordered(value: Any) -> Test:
        if isinstance(value, str):
            return lambda fact: isinstance(fact, str) and compare(fact, value)
        return lambda fact: type(fact) in _NUMBERS and compare(fact, value)

    return ordered


def between(value: Any) -> Test:
    """Test that a fact lies between two values, both included."""
    lowest, highest = value
    if isinstance(lowest, str):
        return lambda fact: isinstance(fact, str) and lowest <= fact <= highest
    return lambda fact: type(fact) in _NUMBERS and lowest <= fact <= highest


def is_one_of(value: Any) -> Test:
    """Test that a fact is one of the values."""
    # True == 1 in Python, so each type has its own set.
    texts = frozenset(member for member in value if isinstance(member, str))
    booleans = frozenset(member for member in value if isinstance(member, bool))
    numbers = frozenset(member for member in value if type(member) in _NUMBERS)

    def test(fact: Any) -> bool:
        if isinstance(fact, str):
            return fact in texts
        if isinstance(fact, bool):
            return fact in booleans
        return type(fact) in _NUMBERS and fact in numbers

    return test


def contains(value: Any) -> Test:
    """Test that a text has the value as a part, or a list as a member."""
    is_member = equals(value)
    is_text = isinstance(value, str)

    def test(fact: Any) -> bool:
        if isinstance(fact, str):
            return is_text and value in fact
        return isinstance(fact, list | tuple) and any(map(is_member, fact))

    return test


def begins_with(value: Any) -> Test:
    """Test that a text starts with the value."""
    return lambda fact: isinstance(fact, str) and fact.startswith(value)


def ends_with(value: Any) -> Test:
    """Test that a text ends with the value."""
    return lambda fact: isinstance(fact, str) and fact.endswith(value)


def is_missing(value: Any) -> Test:
    """Test that there is no fact."""
    return lambda fact: fact is None


def matches(value: Any) -> Test:
    """Test that the regular expression is found anywhere in a text."""
    pattern = compile_pattern(value)

    def test(fact: Any) -> bool:
        if not isinstance(fact, str):
            return False
        try:
            return pattern.search(fact) is not None
        except UnicodeEncodeError:  # half a surrogate pair is no text that RE2 could read
            return False

    return test


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:
    """Return the compiled pattern, or raise Unexpected; RE2 matches in time linear in the text."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PATTERN_MEMORY_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise Unexpected(f"expected a regular expression in RE2 syntax: {text}") from error


def negation(make: Callable[[Any], Test]) -> Callable[[Any], Test]:
    """Make the operator that is true exactly when another is false."""

    def negative(value: Any) -> Test:
        positive = make(value)
        return lambda fact: not positive(fact)

    return negative


def asks_order(compare: Callable[[Any, Any], Any]) -> Query:
    """Make the query of an operator that orders."""
    return lambda column, value: column.compares(compare, value)


def asks_between(column: Column, value: Any) -> Condition:
    """Ask whether the fact lies between two values, both included."""
    lowest, highest = value
    return column.compares(operator.ge, lowest) & column.compares(operator.le, highest)


def asks_not(query: Query) -> Query:
    """Make the query of the operator that is true exactly when another is false."""
    return lambda column, value: ~query(column, value)


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table: `test`, given a rule's value, makes the test of a fact.

    `query` asks the same of a column of facts; `negates` names the positive operator whose negation
    this is; `kinds` are the fields it suits.
    """

    label: str
    test: Callable[[Any], Test]
    query: Query
    shape: Shape
    negates: str = ""
    kinds: frozenset[Kind] = frozenset(Kind)


_ORDERED = frozenset({Kind.ANY, Kind.NUMBER, Kind.TEXT})
_TEXTUAL = frozenset({Kind.ANY, Kind.TEXT})
_PARTS = _TEXTUAL | {Kind.SEGMENTS}


def _equals(column: Column, value: Any) -> Condition:
    return column.equals(value)


def _is_one_of(column: Column, value: Any) -> Condition:
    return column.is_one_of(value)


def _contains(column: Column, value: Any) -> Condition:
    return column.contains(value)


def _is_missing(column: Column, value: Any) -> Condition:
    return column.is_missing()


OPERATORS: dict[str, Operator] = {
    "=": Operator(gettext_noop("is"), equals, _equals, Shape.SCALAR),
    "!=": Operator(
        gettext_noop("is not"), negation(equals), asks_not(_equals), Shape.SCALAR, negates="="
    ),
    "<": Operator(
        gettext_noop("is less than"),
        compares(operator.lt),
        asks_order(operator.lt),
        Shape.ORDERED,
        kinds=_ORDERED,
    ),
    "<=": Operator(
        gettext_noop("is at most"),
        compares(operator.le),
        asks_order(operator.le),
        Shape.ORDERED,
        kinds=_ORDERED,
    ),
    ">": Operator(
        gettext_noop("is more than"),
        compares(operator.gt),
        asks_order(operator.gt),
        Shape.ORDERED,
        kinds=_ORDERED,
    ),
    ">=": Operator(
        gettext_noop("is at least"),
        compares(operator.ge),
        asks_order(operator.ge),
        Shape.ORDERED,
        kinds=_ORDERED,
    ),
    "between": Operator(
        gettext_noop("is between"), between, asks_between, Shape.PAIR, kinds=_ORDERED
    ),
    "in": Operator(gettext_noop("is one of"), is_one_of, _is_one_of, Shape.LIST),
    "notIn": Operator(
        gettext_noop("is none of"),
        negation(is_one_of),
        asks_not(_is_one_of),
        Shape.LIST,
        negates="in",
    ),
    "contains": Operator(gettext_noop("contains"), contains, _contains, Shape.SCALAR, kinds=_PARTS),
    "doesNotContain": Operator(
        gettext_noop("does not contain"),
        negation(contains),
        asks_not(_contains),
        Shape.SCALAR,
        negates="contains",
        kinds=_PARTS,
    ),
    "beginsWith": Operator(
        gettext_noop("begins with"),
        begins_with,
        lambda column, value: column.begins_with(value),
        Shape.TEXT,
        kinds=_TEXTUAL,
    ),
    "endsWith": Operator(
        gettext_noop("ends with"),
        ends_with,
        lambda column, value: column.ends_with(value),
        Shape.TEXT,
        kinds=_TEXTUAL,
    ),
    "null": Operator(gettext_noop("is missing"), is_missing, _is_missing, Shape.NOTHING),
    "notNull": Operator(
        gettext_noop("is known"),
        negation(is_missing),
        asks_not(_is_missing),
        Shape.NOTHING,
        negates="null",
    ),
    "matches": Operator(
        gettext_noop("matches"),
        matches,
        lambda column, value: column.matches(value),
        Shape.PATTERN,
        kinds=_TEXTUAL,
    ),
}


def operator_named(name: Any) -> Operator:
    """Return the operator's row, or raise Unexpected."""
    if isinstance(name, str) and name in OPERATORS:
        return OPERATORS[name]
    raise Unexpected(f"expected one of {', '.join(OPERATORS)}.{did_you_mean(name, OPERATORS)}")
