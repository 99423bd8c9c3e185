"""Segments as compiled from the database: what pages and workers ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from personalize import metrics
from personalize.models.segment import Segment
from personalize.profile.live_traits import live_behaviours
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import Facts
from personalize.rules.syntax import Behaviour, Group, InvalidRule, leaves, parse

RULE = str(Segment.Kind.RULE)  # compared for every segment that a page asks about


@dataclass(frozen=True, slots=True)
class CompiledSegment:
    """A live segment; its `predicate` decides for a rule, an assignment for other kinds."""

    slug: str
    kind: str
    predicate: Callable[[Facts], bool]
    rule: Group
    asks: frozenset[str] | None = None  # keys of all the traits that decide; None: other facts too

    @property
    def is_rule(self) -> bool:
        """Whether the rule decides who belongs."""
        return self.kind == RULE


@dataclass(frozen=True, slots=True)
class SegmentSet:
    """The live segments by slug, and the computed traits that rules may name by key."""

    by_slug: Mapping[str, CompiledSegment]
    computed: Mapping[str, Behaviour] = field(default_factory=dict)


def load_segments() -> SegmentSet:
    """Return the live segments (two queries). A rule that does not parse has no segment."""
    by_slug: dict[str, CompiledSegment] = {}
    for segment in Segment.objects.filter(is_live=True).only("slug", "kind", "rule"):
        try:
            rule = parse(segment.rule)
        except InvalidRule:
            metrics.count("segment.invalid_rule")
            continue
        by_slug[segment.slug] = CompiledSegment(
            segment.slug, segment.kind, compile_rule(rule), rule, _asks(rule)
        )
    return SegmentSet(by_slug, live_behaviours())


def _asks(rule: Group) -> frozenset[str] | None:
    """Return the traits whose change alone can change the answer, where only such traits count."""
    asked = [leaf.behaviour for leaf in leaves(rule)]
    if not all(asked) or any(each and each.window == "session" for each in asked):
        return None  # a new session empties its traits without touching them
    return frozenset(each.key for each in asked if each)


def asked_behaviours(segments: SegmentSet) -> dict[Behaviour, set[float]]:
    """Return the behaviours that segments ask for, each with the numbers it is compared with."""
    asked: dict[Behaviour, set[float]] = {}
    for segment in segments.by_slug.values():
        for leaf in leaves(segment.rule):
            behaviour = leaf.behaviour or segments.computed.get(leaf.field.removeprefix("trait."))
            if behaviour:
                values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
                numbers = {each for each in values if type(each) in (int, float)}
                asked.setdefault(behaviour, set()).update(numbers)
    return asked
