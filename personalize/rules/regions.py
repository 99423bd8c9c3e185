"""The values that a field may have, as regions in which a condition holds, fails, or is open.

A region is a value that conditions name, the gap between two of those, nothing at all, or a sort of
values, such as lists. What holds of a value, the operator's own test says. In a gap between texts a
condition on their parts is open: some of them contain a word, and some do not.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from personalize.rules.operators import OPERATORS

BELOW = frozenset({"<", "<="})
ABOVE = frozenset({">", ">="})
PARTS = frozenset({"contains", "beginsWith", "endsWith"})
EXACT = frozenset({"=", "in", "null"})
TEXTUAL = PARTS | {"matches"}
ORDERED = BELOW | ABOVE | {"between"}


class Sort(Enum):
    """Values that no condition names. A list may contain what a condition asks for, or not."""

    LIST = "list"
    OTHER = "other"  # neither text, number, boolean nor list


class Gap(NamedTuple):
    """All values between two others of their kind, neither included; None is without a bound."""

    above: Any
    below: Any
    is_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What a field may hold at all: `only` some values, numbers within bounds, or anything."""

    only: tuple[Any, ...] | None = None
    is_number: bool = False
    lowest: float = -math.inf
    highest: float = math.inf
    is_whole: bool = False
    may_miss: bool = True


ANYTHING = Domain()
YES_OR_NO = Domain(only=(True, False))


def regions_of(domain: Domain, *, operands: Iterable[tuple[str, Any]]) -> list[Any]:
    """Return the regions of the domain; `operands` are the operators with what they compare to."""
    if domain.only is not None:
        return list(domain.only)
    values = set(_named(operands))
    numbers = {value for value in values if not isinstance(value, str)}
    missing = [None] if domain.may_miss else []
    if domain.is_number:
        numbers |= {bound for bound in (domain.lowest, domain.highest) if math.isfinite(bound)}
        return [*missing, *(each for each in _numbers(numbers) if _is_within(each, domain))]
    texts = sorted(value for value in values if isinstance(value, str))
    gaps = [gap for gap in _gaps(texts, is_text=True) if gap.below != ""]  # nothing is before ""
    return [*missing, True, False, math.nan, *_numbers(numbers), *texts, *gaps, *Sort]


def holds(operator: str, value: Any, *, regions: Iterable[Any]) -> Iterator[bool | None]:
    """Tell of each region whether the condition holds throughout, or nowhere; None is open."""
    test = OPERATORS[operator].test(value)
    for region in regions:
        is_value = not isinstance(region, Gap | Sort)
        yield test(region) if is_value else _holds(operator, value, region)


def implies(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    """Tell whether every text that meets the one condition on its parts meets the other."""
    (operator, value), (entailed, part) = one, other
    if operator not in PARTS or not isinstance(value, str) or not isinstance(part, str):
        return False
    if entailed == "contains":
        return part in value
    if operator != entailed:
        return False
    return value.startswith(part) if operator == "beginsWith" else value.endswith(part)


def excludes(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    """Tell whether no text meets both conditions: it has one beginning, and one end."""
    is_of_ends = one[0] == other[0] and one[0] in ("beginsWith", "endsWith")
    return is_of_ends and not implies(one, other) and not implies(other, one)


def _holds(operator: str, value: Any, region: Gap | Sort) -> bool | None:
    if operator in EXACT:
        return False
    if operator in ORDERED:
        return isinstance(region, Gap) and _is_ordered(operator, value, region)
    if operator in TEXTUAL and isinstance(region, Gap):
        return _of_texts(operator, value) if region.is_text else False
    if operator in TEXTUAL and not (operator == "contains" and region is Sort.LIST):
        return False
    return None


def _named(operands: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """Yield the values whose neighbours differ by a condition; booleans are regions anyway."""
    for operator, value in operands:
        if operator in EXACT | ORDERED:
            for each in value if isinstance(value, tuple) else (value,):
                if each is not None and not isinstance(each, bool):
                    yield each


def _numbers(named: Iterable[float]) -> list[Any]:
    points = sorted(named)
    return [*points, *_gaps(points, is_text=False)]


def _gaps(points: list[Any], *, is_text: bool) -> list[Gap]:
    return [Gap(above, below, is_text) for above, below in pairwise([None, *points, None])]


def _is_within(region: Any, domain: Domain) -> bool:
    """Tell whether a number, or any number of a gap, belongs to the domain."""
    if not isinstance(region, Gap):
        is_whole = not domain.is_whole or float(region).is_integer()
        return is_whole and domain.lowest <= region <= domain.highest
    above = -math.inf if region.above is None else region.above
    below = math.inf if region.below is None else region.below
    if above < domain.lowest or below > domain.highest:
        return False
    return not domain.is_whole or above == -math.inf or math.floor(above) + 1 < below


def _is_ordered(operator: str, value: Any, gap: Gap) -> bool:
    lowest, highest = value if isinstance(value, tuple) else (value, value)
    if isinstance(lowest, str) != gap.is_text:
        return False
    is_above = gap.above is not None and lowest <= gap.above
    is_below = gap.below is not None and gap.below <= highest
    if operator == "between":
        return is_above and is_below
    return is_above if operator in ABOVE else is_below


def _of_texts(operator: str, value: Any) -> bool | None:
    if not isinstance(value, str):
        return False
    return True if operator in PARTS and value == "" else None
