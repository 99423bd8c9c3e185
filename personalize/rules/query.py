"""Rules as queries: whom of all visitors rules mean at a moment, over the table of all events.

What the predicate (`rules.evaluate`) says of a visitor's profile, these say of all of them at once,
from the events themselves: an Ibis expression, for DuckDB, Spark, or what else Ibis speaks to. The
events are rows as the lake keeps them; `docs/reference/rules.md` tells what has to be in them.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

import ibis

from personalize.rules.columns import NumberColumn, TypedColumn, is_true
from personalize.rules.operators import OPERATORS, Column
from personalize.rules.query_aggregates import AGGREGATE_QUERIES
from personalize.rules.query_facts import NO_SESSION, Asked, Known, people_of
from personalize.rules.query_rows import combined
from personalize.rules.syntax import Behaviour, Group, Leaf, segments_of

ANYBODY = Known()
_TYPES = {"segments": "boolean", "prediction": "float64"}


def matching(rule: Group, events: ibis.Table, *, now: int, known: Known = ANYBODY) -> ibis.Table:
    """Return the people, one row with `person` each, whom the rule means at `now` (milliseconds).

    Only people are asked: who is known by bots' events alone is none.
    """
    found = answers({"is_meant": rule}, events, now=now, known=known)
    return found.filter(found.is_meant).select("person")


def answers(
    rules: Mapping[str, Group], events: ibis.Table, *, now: int, known: Known = ANYBODY
) -> ibis.Table:
    """Return `person` and, for each rule by its name, whether it means them, in one query.

    Of people whom none of the rules means some may be left out.
    """
    asked = Asked.by(rules.values(), known)
    people = people_of(asked, events, now=now, known=known)
    ask = _Conditions(people, asked, known)
    return people.select("person", **{name: ask.group(rule, ()) for name, rule in rules.items()})


def everybody(events: ibis.Table) -> ibis.Table:
    """Return all people, one row with `person` each."""
    return matching(Group(), events, now=0)


class _Conditions:
    """Compiles rules to conditions on the table of people and their facts.

    Segments are compiled in place; `within` has those that are being so: where they name each other
    in a circle, they are empty where the circle closes.
    """

    def __init__(self, people: ibis.Table, asked: Asked, known: Known) -> None:
        self.people = people
        self.asked = asked
        self.known = known

    def group(self, rule: Group, within: tuple[str, ...]) -> Any:
        parts = [
            self.group(child, within) if isinstance(child, Group) else self.leaf(child, within)
            for child in rule.rules
        ]
        return combined(rule, parts)

    def leaf(self, leaf: Leaf, within: tuple[str, ...]) -> Any:
        row = OPERATORS[leaf.operator]
        if leaf.field == "segments":
            found = self.in_segments(leaf, within)
            return ~found if row.negates else found
        if leaf.behaviour:
            return row.query(self.behaviour(leaf.behaviour), leaf.value)
        family, _, name = leaf.field.partition(".")
        if family == "trait" and name in self.known.computed:
            told = TypedColumn(self.fact(leaf.field))
            counted = row.query(self.behaviour(self.known.computed[name]), leaf.value)
            return told.is_missing().ifelse(counted, row.query(told, leaf.value))
        is_number = family == "prediction" or leaf.field in NO_SESSION
        column: Column = (NumberColumn if is_number else TypedColumn)(self.fact(leaf.field))
        return row.query(column, leaf.value)

    def in_segments(self, leaf: Leaf, within: tuple[str, ...]) -> Any:
        """Return the positive condition: in one of those named, or in none at all."""
        if (OPERATORS[leaf.operator].negates or leaf.operator) == "null":
            return ~self.in_any(tuple(self.known.segments), within)
        return self.in_any(segments_of(leaf), within)

    def in_any(self, slugs: tuple[Any, ...], within: tuple[str, ...]) -> Any:
        parts = [self.in_segment(slug, within) for slug in slugs]
        return reduce(or_, parts) if parts else ibis.literal(False)

    def in_segment(self, slug: str, within: tuple[str, ...]) -> Any:
        if slug in within or slug not in self.known.segments:
            return ibis.literal(False)
        rule = self.known.segments[slug]
        if rule is not None:
            return self.group(rule, (*within, slug))
        return is_true(self.fact(f"segments.{slug}"))

    def behaviour(self, behaviour: Behaviour) -> Column:
        row = AGGREGATE_QUERIES[behaviour.aggregate]
        value = self.people[behaviour.key]
        return row.column(value if row.of_nothing is None else value.fill_null(row.of_nothing))

    def fact(self, field: str) -> Any:
        column = self.asked.columns[field]
        is_given = column in self.people.columns  # else nothing is assigned, or predicted
        if field in NO_SESSION:
            return self.people[column].fill_null(NO_SESSION[field])
        return self.people[column] if is_given else ibis.null(_TYPES.get(field.partition(".")[0]))
