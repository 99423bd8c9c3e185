"""Tell whether any facts can meet a rule, or fail to: false is certain, true is a maybe.

A rule becomes conditions by positive operators that are wanted to hold or to fail, joined by "all"
and "any". One choice among the alternatives after the other, each condition takes away regions of
its field; where a field has none left, that choice is not possible.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from personalize.rules.aggregates import MOST_DAYS, MOST_DISTINCT
from personalize.rules.operators import OPERATORS
from personalize.rules.regions import (
    ANYTHING,
    YES_OR_NO,
    Domain,
    Gap,
    Sort,
    excludes,
    holds,
    implies,
    regions_of,
)
from personalize.rules.syntax import Behaviour, Group, Leaf, segments_of
from personalize.rules.windows import window_of

IN_ANY = "segments"

_COUNTS = Domain(is_number=True, lowest=0, is_whole=True, may_miss=False)
_FIELDS = {
    "session.views": _COUNTS,
    "session.seconds": _COUNTS,
    "session.number": _COUNTS,
    "context.hour": Domain(is_number=True, lowest=0, highest=23, is_whole=True),
    "context.weekday": Domain(is_number=True, lowest=1, highest=7, is_whole=True),
}
_COUNTED = {
    "count": _COUNTS,
    "distinct": Domain(
        is_number=True, lowest=0, highest=MOST_DISTINCT, is_whole=True, may_miss=False
    ),
    "days_active": Domain(
        is_number=True, lowest=0, highest=MOST_DAYS, is_whole=True, may_miss=False
    ),
}
_MEASURED = frozenset({"sum", "min", "max", "average"})


class TooHard(Exception):
    """The question takes more steps than it is worth."""


@dataclass(slots=True)
class Effort:
    """The steps that are left for all questions about a rule."""

    steps: int = 100_000

    def spend(self, number: int = 1) -> None:
        """Take steps away, or raise TooHard; half of the rest is left for easier questions."""
        if number > self.steps:
            self.steps //= 2
            raise TooHard
        self.steps -= number


class Atom(NamedTuple):
    """A condition by a positive operator; equal ones have the same `literal`, as leaves do."""

    field: str
    operator: str
    literal: str


class Literal(NamedTuple):
    """An atom that is wanted to hold, or to fail."""

    atom: Atom
    value: Any
    domain: Domain
    is_wanted: bool


class Join(NamedTuple):
    """Parts that all have to come out as wanted, or any of them."""

    is_all: bool
    parts: "tuple[Formula, ...]"


Formula = Literal | Join


def is_possible(
    wanted: Iterable[tuple[Group | Leaf, bool]], *, effort: Effort, is_filter: bool = False
) -> bool:
    """Tell whether any facts might meet, or fail, each of the rules as is wanted of it.

    The fields of an `is_filter` rule are an event's properties.
    """
    reader = _Reader(effort, is_filter)
    try:
        effort.spend()
        parts = tuple(reader.formula(rule, is_wanted) for rule, is_wanted in wanted)
        return _Search(parts, effort).succeeds(list(parts), {})
    except TooHard:
        return True


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads rules as formulas."""

    effort: Effort
    is_filter: bool

    def formula(self, rule: Group | Leaf, is_wanted: bool) -> Formula:
        if isinstance(rule, Group):
            is_wanted = is_wanted is not rule.negated
            is_all = not rule.rules or rule.combinator == "and"
            parts = tuple(self.formula(child, is_wanted) for child in rule.rules)
            return Join(is_all is is_wanted, parts)
        positive = OPERATORS[rule.operator].negates
        is_wanted = is_wanted is not bool(positive)
        if rule.field == "segments" and not self.is_filter:
            return _membership(rule, positive or rule.operator, is_wanted)
        subject = rule.behaviour.key if rule.behaviour else rule.field
        atom = Atom(subject, positive or rule.operator, rule.literal)
        return Literal(atom, rule.value, self.domain(rule), is_wanted)

    def domain(self, leaf: Leaf) -> Domain:
        if self.is_filter:
            return ANYTHING
        if leaf.behaviour is None:
            return _FIELDS.get(leaf.field, ANYTHING)
        counted = _COUNTED.get(leaf.behaviour.aggregate)
        where = leaf.behaviour.where
        if where and not is_possible([(where, True)], effort=self.effort, is_filter=True):
            return Domain(only=(0 if counted else None,))
        if leaf.behaviour.aggregate.startswith("seconds_since"):
            return _elapsed(leaf.behaviour)
        is_measured = leaf.behaviour.aggregate in _MEASURED
        return counted or (Domain(is_number=True) if is_measured else ANYTHING)


def _membership(leaf: Leaf, operator: str, is_wanted: bool) -> Formula:
    """Return that of a condition on segments: who is in one of them is in any."""
    if operator == "null":
        return _is_true(IN_ANY, not is_wanted)
    named = [_is_true(f"{IN_ANY}:{slug}", is_wanted) for slug in segments_of(leaf)]
    if is_wanted:
        in_any = _is_true(IN_ANY, True)
        return Join(False, tuple(Join(True, (each, in_any)) for each in named))
    return Join(True, tuple(named))


def _is_true(name: str, is_wanted: bool) -> Literal:
    return Literal(Atom(name, "=", "true"), True, YES_OR_NO, is_wanted)


def _elapsed(behaviour: Behaviour) -> Domain:
    """Return how long ago it may be: what was before the window is missing."""
    window = window_of(behaviour.window)
    longest = window.granule * window.buckets // 1_000 if window.granule else math.inf
    return Domain(is_number=True, lowest=0, highest=longest, is_whole=True)


class _Field:
    """The regions of a field, as the bits of a number: 1 where it may still be."""

    def __init__(self, literals: Iterable[Literal], effort: Effort) -> None:
        asked = {literal.atom: literal for literal in literals}
        domain = next(iter(asked.values())).domain
        operands = [(each.atom.operator, each.value) for each in asked.values()]
        self.regions = regions_of(domain, operands=operands)
        effort.spend(len(self.regions) * len(asked) // 4)  # a step is as long as four of them
        self.everywhere = _bits(True for _ in self.regions)
        self.open = _bits(isinstance(region, Gap | Sort) for region in self.regions)
        self.texts = _bits(isinstance(each, Gap) and each.is_text for each in self.regions)
        self._where: dict[tuple[Atom, bool], int] = {}

    def where(self, literal: Literal) -> int:
        """Return the regions in which the literal may come out as wanted."""
        key = (literal.atom, literal.is_wanted)
        if key not in self._where:
            found = holds(literal.atom.operator, literal.value, regions=self.regions)
            self._where[key] = _bits(each is not (not literal.is_wanted) for each in found)
        return self._where[key]

    def taken(self, state: "_State", literal: Literal) -> "_State":
        """Return the state of the field after one more literal."""
        mask = state.mask & self.where(literal)
        for earlier in state.literals:
            if earlier.atom == literal.atom and earlier.is_wanted is not literal.is_wanted:
                mask &= ~self.open
            elif _conflict(earlier, literal):
                mask &= ~self.texts
        return _State(mask, (*state.literals, literal))


class _State(NamedTuple):
    """The regions of a field that are left, and what took away the others."""

    mask: int
    literals: tuple[Literal, ...] = ()


def _conflict(one: Literal, other: Literal) -> bool:
    """Tell whether no text comes out as both want, by its parts alone."""
    this, that = (one.atom.operator, one.value), (other.atom.operator, other.value)
    if one.is_wanted and other.is_wanted:
        return excludes(this, that)
    if one.is_wanted:
        return implies(this, that)
    return other.is_wanted and implies(that, this)


def _literals(parts: Iterable[Formula]) -> Iterator[Literal]:
    for part in parts:
        if isinstance(part, Literal):
            yield part
        else:
            yield from _literals(part.parts)


class _Search:
    """Looks for regions of all fields in which the parts of a formula come out as wanted."""

    def __init__(self, parts: Iterable[Formula], effort: Effort) -> None:
        by_field: dict[str, list[Literal]] = {}
        for literal in _literals(parts):
            by_field.setdefault(literal.atom.field, []).append(literal)
        self.fields = {name: _Field(asked, effort) for name, asked in by_field.items()}
        self.effort = effort

    def succeeds(self, goals: list[Formula], states: dict[str, _State]) -> bool:
        """Tell whether the goals are possible together; both arguments are used up."""
        choices: list[list[Formula]] = []
        while goals:
            if not self.take(goals, states, choices):
                return False
            self.effort.spend(sum(map(len, choices)))
            # What is impossible by now is no choice, and what is left alone is none either.
            choices = [[part for part in parts if self.is_open(part, states)] for parts in choices]
            goals += [parts[0] for parts in choices if len(parts) == 1]
            choices = [parts for parts in choices if len(parts) != 1]
        if not choices:
            return True
        first = min(choices, key=len)
        others = [Join(False, tuple(parts)) for parts in choices if parts is not first]
        return any(self.succeeds([part, *others], dict(states)) for part in first)

    def take(
        self, goals: list[Formula], states: dict[str, _State], choices: list[list[Formula]]
    ) -> bool:
        """Note what all the goals say, and their choices; tell whether it is possible so far."""
        while goals:
            self.effort.spend()
            goal = goals.pop()
            if isinstance(goal, Literal):
                state = states[goal.atom.field] = self.after(goal, states)
                if not state.mask:
                    return False
            elif goal.is_all:
                goals.extend(goal.parts)
            else:
                choices.append(list(goal.parts))
        return True

    def is_open(self, part: Formula, states: Mapping[str, _State]) -> bool:
        return isinstance(part, Join) or self.after(part, states).mask != 0

    def after(self, literal: Literal, states: Mapping[str, _State]) -> _State:
        field = self.fields[literal.atom.field]
        return field.taken(states.get(literal.atom.field) or _State(field.everywhere), literal)


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << place for place, flag in enumerate(flags) if flag)
