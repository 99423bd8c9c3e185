"""Ask rules both ways: the predicate over each profile, and one query over the lake's rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import pyarrow as pa

from personalize.profile.profile import Profile
from personalize.rules.evaluate import compile_rule
from personalize.rules.query import answers
from personalize.rules.query_facts import Known
from personalize.rules.syntax import Behaviour, Group, behaviours, leaves, segments_of
from personalize.segment.compiled import CompiledSegment, SegmentSet
from personalize.segment.facts import VisitorFacts
from tests.parity.histories import NOW, Site


@dataclass(frozen=True)
class Setting:
    """What rules may refer to: segments (None: assigned ones) and traits that behaviours count."""

    segments: Mapping[str, Group | None] = field(default_factory=dict)
    computed: Mapping[str, Behaviour] = field(default_factory=dict)

    def needed(self, rules: Mapping[str, Group]) -> set[Behaviour]:
        """Return the behaviours that have to be counted for the rules."""
        groups = [*rules.values(), *filter(None, self.segments.values())]
        return {*self.computed.values(), *(each for group in groups for each in behaviours(group))}

    def asks_sessions(self, rule: Group, within: tuple[str, ...] = ()) -> bool:
        """Return whether sessions play a part in the rule."""
        for leaf in leaves(rule):
            behaviour = leaf.behaviour or self.computed.get(leaf.field.removeprefix("trait."))
            if leaf.field.startswith("session.") or (behaviour and behaviour.window == "session"):
                return True
            slugs = self.segments if leaf.value is None else segments_of(leaf)
            named = set(slugs) - {*within} if leaf.field == "segments" else set()
            inner = [(slug, self.segments.get(slug)) for slug in named]
            if any(each and self.asks_sessions(each, (*within, slug)) for slug, each in inner):
                return True
        return False


def by_predicate(
    rules: Mapping[str, Group], site: Site, setting: Setting, *, now: int = NOW
) -> dict[str, set[str]]:
    """Return whom each rule means by their profiles."""
    compiled = {
        slug: CompiledSegment(
            slug,
            "static" if rule is None else "rule",
            compile_rule(rule or Group()),
            rule or Group(),
        )
        for slug, rule in setting.segments.items()
    }
    segments = SegmentSet(compiled, setting.computed)
    predicates = {name: compile_rule(rule) for name, rule in rules.items()}
    meant: dict[str, set[str]] = {name: set() for name in rules}
    for subject, profile in site.living().items():
        facts = VisitorFacts(profile, context=profile.context, segments=segments, now=now)
        for name, predicate in predicates.items():
            if predicate(facts):
                meant[name].add(subject)
    return meant


def by_query(
    rules: Mapping[str, Group], site: Site, setting: Setting, *, now: int = NOW
) -> dict[str, set[str]]:
    """Return whom each rule means by the rows of the lake, all in one query on DuckDB."""
    connection = ibis.duckdb.connect(threads=1)
    connection.con.register("events", site.table())
    known = known_of(site.living(), setting)
    found = answers(rules, connection.table("events"), now=now, known=known)
    rows = connection.to_pyarrow(found).to_pydict()
    people = rows.pop("person")
    assert len(people) == len(set(people))
    return {
        name: {person for person, is_meant in zip(people, column, strict=True) if is_meant}
        for name, column in rows.items()
    }


def known_of(profiles: Mapping[str, Profile], setting: Setting) -> Known:
    """Return what the profiles have that no event tells, as tables."""
    assigned = [(p.subject, slug) for p in profiles.values() for slug in p.assigned]
    scores = [(p.subject, *item) for p in profiles.values() for item in p.predictions.items()]
    return Known(
        segments=setting.segments,
        computed=setting.computed,
        assigned=_table(["person", "segment"], assigned, [pa.string(), pa.string()]),
        predictions=_table(
            ["person", "model", "score"], scores, [pa.string(), pa.string(), pa.float64()]
        ),
    )


def _table(
    names: list[str], rows: list[tuple[object, ...]], types: list[pa.DataType]
) -> ibis.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    arrays = [pa.array(list(c), t) for c, t in zip(columns, types, strict=True)]
    return ibis.memtable(pa.table(arrays, names=names))
