"""Facts as columns of a query: what the operators ask of one fact, asked of many at once."""

from collections.abc import Callable
from typing import Any

import ibis
from ibis.expr.types import BooleanColumn, BooleanValue, FloatingValue, NumericValue, StringValue

from personalize.rules.typed import END, member, typed

Compare = Callable[[Any, Any], Any]


def is_true(condition: Any) -> BooleanValue:
    """Return the condition, false where it is unknown: negations are exact only of two values."""
    found: BooleanValue = condition.fill_null(False)
    return found


class TypedColumn:
    """Facts of any type, as typed texts; NULL where there is none."""

    def __init__(self, text: StringValue, number: FloatingValue | None = None) -> None:
        self.text = text
        self.number = numbers_of(text) if number is None else number

    def equals(self, value: Any, /) -> BooleanValue:
        """Ask whether the fact is the value."""
        return is_true(self.text == typed(value))

    def compares(self, compare: Compare, value: Any, /) -> BooleanValue:
        """Ask whether the fact is of the value's type and `compare` holds of the two."""
        if isinstance(value, str):
            return is_true(self.text.startswith("s") & compare(self.text, typed(value)))
        return is_true(compare(self.number, value))

    def is_one_of(self, value: Any, /) -> BooleanValue:
        """Ask whether the fact is one of the values."""
        return is_true(self.text.isin(sorted(map(str, map(typed, value))))) if value else _never()

    def contains(self, value: Any, /) -> BooleanValue:
        """Ask whether a text has the value as a part, or a list as a member."""
        among = f"{END}{member(value)}{END}"
        is_member = self.text.startswith("l") & self.text.contains(among)
        if not isinstance(value, str):
            return is_true(is_member)
        return is_true(is_member | (self._is_text() & self._inside().contains(value)))

    def begins_with(self, value: str, /) -> BooleanValue:
        """Ask whether a text starts with the value."""
        return is_true(self.text.startswith(f"s{value}"))

    def ends_with(self, value: str, /) -> BooleanValue:
        """Ask whether a text ends with the value."""
        return is_true(self._is_text() & self._inside().endswith(value))

    def is_missing(self) -> BooleanValue:
        """Ask whether there is no fact."""
        return self.text.isnull()

    def matches(self, pattern: str, /) -> BooleanValue:
        """Ask whether the regular expression is found in a text, by the engine's own search."""
        return is_true(self._is_text() & self._inside().re_search(pattern))

    def _is_text(self) -> BooleanColumn:
        return self.text.startswith("s")

    def _inside(self) -> StringValue:
        return self.text.substr(1)


class NumberColumn:
    """Facts that are numbers; NULL where there is none. No text or boolean is among them."""

    def __init__(self, number: NumericValue) -> None:
        self.number = number

    def equals(self, value: Any, /) -> BooleanValue:
        """Ask whether the fact is the value."""
        return is_true(self.number == value) if _is_number(value) else _never()

    def compares(self, compare: Compare, value: Any, /) -> BooleanValue:
        """Ask whether `compare` holds of the fact and a number."""
        return is_true(compare(self.number, value)) if _is_number(value) else _never()

    def is_one_of(self, value: Any, /) -> BooleanValue:
        """Ask whether the fact is one of the values."""
        numbers = [each for each in value if _is_number(each)]
        return is_true(self.number.isin(numbers)) if numbers else _never()

    def contains(self, value: Any, /) -> BooleanValue:
        """No number contains anything."""
        return _never()

    def begins_with(self, value: str, /) -> BooleanValue:
        """No number begins with a text."""
        return _never()

    def ends_with(self, value: str, /) -> BooleanValue:
        """No number ends with a text."""
        return _never()

    def is_missing(self) -> BooleanValue:
        """Ask whether there is no fact."""
        return self.number.isnull()

    def matches(self, pattern: str, /) -> BooleanValue:
        """No number matches a pattern."""
        return _never()


def numbers_of(text: StringValue) -> FloatingValue:
    """Return the facts that are numbers."""
    digits = text.substr(1).try_cast("float64")
    return text.startswith("n").ifelse(digits, ibis.null("float64"))


def _never() -> BooleanValue:
    return ibis.literal(False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
