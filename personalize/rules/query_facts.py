"""The facts that rules ask about, as a table of people: one row each, a column a fact.

The events are read once for all behaviours, by conditional aggregates; once more for each family of
facts beside them that a rule asks about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis

from personalize.rules import query_people as people
from personalize.rules.evaluate import compile_rule
from personalize.rules.query_aggregates import AGGREGATE_QUERIES, most_frequent
from personalize.rules.query_rows import Rows, touched
from personalize.rules.syntax import Behaviour, Group, Leaf, leaves, segments_of

# What the fields that are numbers hold of somebody who has had no session.
NO_SESSION = {"session.views": 0, "session.seconds": 0, "session.number": 1}


@dataclass(frozen=True, slots=True)
class Known:
    """What rules refer to, beside the events.

    `segments` has every live segment's rule, None for those that `assigned` (person, segment)
    tells; `computed` the behaviours that rules name as traits, by key. `predictions` has person,
    model, score. A session ends after a pause of `session_gap` milliseconds.
    """

    segments: Mapping[str, Group | None] = field(default_factory=dict)
    computed: Mapping[str, Behaviour] = field(default_factory=dict)
    assigned: ibis.Table | None = None
    predictions: ibis.Table | None = None
    session_gap: int = 1_800_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules, and the segments that they name, ask about.

    `columns` has, by field, the name of its column in the table of people; that of a behaviour is
    its key. Segments that are assigned are there as `segments.<slug>`.
    """

    behaviours: Mapping[str, Behaviour]
    columns: Mapping[str, str]
    may_mean_strangers: bool

    @classmethod
    def by(cls, rules: Iterable[Group], known: Known) -> "Asked":
        """Gather what the rules ask."""
        rules = list(rules)
        found = [leaf for rule in rules for leaf in _leaves(rule, known, frozenset())]
        behaviours = [leaf.behaviour for leaf in found if leaf.behaviour]
        fields = [leaf.field for leaf in found if not leaf.behaviour]
        behaviours += [
            known.computed[key]
            for each in fields
            if (key := each.removeprefix("trait.")) in known.computed
        ]
        return cls(
            behaviours={each.key: each for each in behaviours},
            columns={each: f"fact_{i}" for i, each in enumerate(dict.fromkeys(fields))},
            may_mean_strangers=any(compile_rule(rule)(_Stranger(known)) for rule in rules),
        )

    def family(self, name: str) -> dict[str, str]:
        """Return the names of a family's fields by their columns."""
        return {
            column: each.partition(".")[2]
            for each, column in self.columns.items()
            if each.startswith(f"{name}.")
        }

    @property
    def sessions(self) -> bool:
        """Whether a behaviour is counted in the session that goes on."""
        return any(each.window == "session" for each in self.behaviours.values())

    @property
    def may_skip(self) -> bool:
        """Whether people with none of the behaviours need not be looked at."""
        return not (self.columns or self.sessions or self.may_mean_strangers)


def people_of(asked: Asked, events: ibis.Table, *, now: int, known: Known) -> ibis.Table:
    """Return a row for each `person`, with the columns of what is asked."""
    behaviours = list(asked.behaviours.values())
    rows = touched(events, behaviours, now=now) if asked.may_skip else events
    owned = people.with_person(rows, links=people.links_of(events))
    visits = people.visits_of(owned)
    last = people.sessions(visits, now=now, gap=known.session_gap)
    if asked.sessions:
        going_on = last.filter(last.goes_on).select("person", "began_at")
        owned = people.joined_by_person(owned, [going_on])
    counting = Rows(owned, behaviours, now=now, in_session=asked.sessions)
    found = _grouped(counting, behaviours, now=now)
    tables = [
        most_frequent(counting.table, counting.counted(each), name=each.key)
        for each in behaviours
        if AGGREGATE_QUERIES[each.aggregate].value is None
    ]
    tables += _tables(asked, owned, visits, last, known)
    return people.joined_by_person(found, tables)


def _grouped(counting: Rows, behaviours: Iterable[Behaviour], *, now: int) -> ibis.Table:
    """Return all people with what their events come to, in one reading."""
    rows = counting.table
    values = {
        each.key: reduction(counting.counted(each), now)
        for each in behaviours
        if (reduction := AGGREGATE_QUERIES[each.aggregate].value)
    }
    is_somebody = rows.is_person.any() | (rows.bot == "").all()
    found = rows.group_by("person").agg(**values, is_somebody=is_somebody)
    return found.filter(found.is_somebody).drop("is_somebody")


def _tables(
    asked: Asked, owned: ibis.Table, visits: ibis.Table, last: ibis.Table, known: Known
) -> Iterator[ibis.Table]:
    """Yield the tables of facts beside the behaviours, by person; who has none is in none."""
    if traits := asked.family("trait"):
        yield people.identified(owned, traits)
    if contexts := asked.family("context"):
        yield people.contexts(visits, contexts)
    if names := asked.family("session"):
        facts = people.session_facts(visits, last)
        yield facts.select("person", **{c: facts[f"session_{name}"] for c, name in names.items()})
    members, scores = known.assigned, known.predictions
    if members is not None and (slugs := asked.family("segments")):
        flags = {c: (members.segment == slug).any() for c, slug in slugs.items()}
        yield members.group_by("person").agg(**flags)
    if scores is not None and (models := asked.family("prediction")):
        latest = {c: scores.score.max(where=scores.model == name) for c, name in models.items()}
        yield scores.group_by("person").agg(**latest)


def _leaves(rule: Group, known: Known, within: frozenset[str]) -> Iterator[Leaf]:
    """Yield the conditions of the rule and of the segments that it names.

    Membership in a segment that is assigned is one on the field `segments.<slug>`.
    """
    for leaf in leaves(rule):
        if leaf.field != "segments":
            yield leaf
            continue
        for slug in known.segments if leaf.value is None else segments_of(leaf):
            inner = known.segments.get(slug)
            if inner is not None and slug not in within:
                yield from _leaves(inner, known, within | {slug})
            elif slug in known.segments and inner is None:
                yield Leaf(f"segments.{slug}", "=", slug)


class _Stranger:
    """The facts of somebody who has none, apart from what is assigned or predicted."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._within: set[str] = set()

    def trait(self, key: str, /) -> Any:
        """Return what a computed trait is of nothing."""
        behaviour = self._known.computed.get(key)
        return self.behaviour(behaviour) if behaviour else None

    def context(self, name: str, /) -> Any:
        """Return nothing: there was no visit."""
        return

    def session(self, name: str, /) -> Any:
        """Return the session of somebody who has none."""
        return NO_SESSION.get(f"session.{name}")

    def in_segment(self, slug: str, /) -> bool:
        """Return whether the segment has strangers."""
        rule = self._known.segments.get(slug)
        if rule is None or slug in self._within:
            return False
        self._within.add(slug)
        found = compile_rule(rule)(self)
        self._within.discard(slug)
        return found

    def has_segments(self) -> bool:
        """Return whether any segment has strangers."""
        return any(map(self.in_segment, self._known.segments))

    def prediction(self, model: str, /) -> Any:
        """Return nothing."""
        return

    def behaviour(self, behaviour: Behaviour, /) -> Any:
        """Return what the aggregate is of nothing."""
        return AGGREGATE_QUERIES[behaviour.aggregate].of_nothing
