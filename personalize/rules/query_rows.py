"""The rows of events as behaviours count them: what they look at is worked out once a row."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from personalize.rules.columns import TypedColumn, numbers_of
from personalize.rules.operators import OPERATORS
from personalize.rules.query_aggregates import AGGREGATE_QUERIES, Counted
from personalize.rules.query_people import is_of_people, is_visit
from personalize.rules.syntax import Behaviour, Group, Leaf, leaves
from personalize.rules.windows import window_of


def combined(group: Group, parts: list[Any]) -> Any:
    """Return the conditions joined as the group says; an empty group holds always."""
    if not parts:
        return ibis.literal(not group.negated)
    joined = reduce(and_ if group.combinator == "and" else or_, parts)
    return ~joined if group.negated else joined


def touched(events: ibis.Table, behaviours: Collection[Behaviour], *, now: int) -> ibis.Table:
    """Return the rows that any of the behaviours can count."""
    names = sorted({each.event for each in behaviours})
    rows = events.filter(is_of_people(events) & events.event.isin(names))
    oldest = [_oldest(each, now) for each in behaviours]
    if not oldest or None in oldest:
        return rows
    first = min(at for at in oldest if at is not None)
    return rows.filter((rows.timestamp >= first) & (rows.day >= _day(first)))


class Rows:
    """Rows with `person`, prepared for the behaviours.

    In `table` are, beside what every behaviour looks at, the properties that any asks for: as typed
    texts, and as numbers. Without this, the text of the query would repeat each for each of them.
    """

    def __init__(
        self, owned: ibis.Table, behaviours: Collection[Behaviour], *, now: int, in_session: bool
    ) -> None:
        names = sorted({name for each in behaviours for name in _properties(each)})
        self._now = now
        self._texts = {name: f"text_{number}" for number, name in enumerate(names)}
        self._numbers = {name: f"number_{number}" for number, name in enumerate(names)}
        texts = {column: owned.properties.get(name) for name, column in self._texts.items()}
        if in_session:
            is_inside = is_visit(owned) & (owned.timestamp >= owned.began_at)
            texts["is_in_session"] = is_inside
        plain = owned.select(
            "person", "timestamp", "event", "bot", is_person=is_of_people(owned), **texts
        )
        numbers = {self._numbers[name]: numbers_of(plain[self._texts[name]]) for name in names}
        self.table = plain.mutate(**numbers)

    def counted(self, behaviour: Behaviour) -> Counted:
        """Return the rows that the behaviour counts."""
        rows = self.table
        where = rows.is_person & (rows.event == behaviour.event)
        if behaviour.window == "session":
            where &= rows.is_in_session
        elif behaviour.window:
            where &= rows.timestamp >= _oldest(behaviour, self._now)
        if behaviour.where:
            where &= self._filter(behaviour.where)
        column = self._column(behaviour.property) if behaviour.property else None
        return Counted(rows.timestamp, where, column)

    def _filter(self, rule: Leaf | Group) -> Any:
        """Return which rows a rule about their properties accepts."""
        if isinstance(rule, Leaf):
            return OPERATORS[rule.operator].query(self._column(rule.field), rule.value)
        return combined(rule, [self._filter(child) for child in rule.rules])

    def _column(self, name: str) -> TypedColumn:
        return TypedColumn(self.table[self._texts[name]], self.table[self._numbers[name]])


def _properties(behaviour: Behaviour) -> Iterator[str]:
    if behaviour.property:
        yield behaviour.property
    if behaviour.where:
        yield from (leaf.field for leaf in leaves(behaviour.where))


def _oldest(behaviour: Behaviour, now: int) -> int | None:
    """Return the earliest time in the behaviour's window, None for all time."""
    if behaviour.window in (None, "session"):
        return None
    by_day = AGGREGATE_QUERIES[behaviour.aggregate].by_day
    window = window_of(behaviour.window, by_day=by_day)
    return window.first(now) * window.granule


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(max(milliseconds, 0) // 1_000, UTC).date().isoformat()
