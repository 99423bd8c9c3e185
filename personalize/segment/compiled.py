"""Segments as compiled from the database: what pages and workers ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from personalize import metrics
from personalize.models.segment import Segment
from personalize.profile.aggregates import AGGREGATES
from personalize.profile.live_traits import live_behaviours
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import Facts, PlainFacts
from personalize.rules.syntax import Behaviour, Group, InvalidRule, Leaf, leaves, parse

RULE = str(Segment.Kind.RULE)  # compared for every segment that a page asks about


@dataclass(frozen=True, slots=True)
class CompiledSegment:
    """A live segment; its `predicate` decides for a rule, an assignment for other kinds.

    `asks` has the keys of all the traits that decide, or is None where other facts do too. Who has
    no state of a trait that it `needs` does not belong, which takes no asking.
    """

    slug: str
    kind: str
    predicate: Callable[[Facts], bool]
    rule: Group
    asks: frozenset[str] | None = None
    needs: frozenset[str] = frozenset()

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
            segment.slug,
            segment.kind,
            compile_rule(rule),
            rule,
            _asks(rule),
            _needs(rule) if segment.kind == RULE else frozenset(),
        )
    return SegmentSet(by_slug, live_behaviours())


def _asks(rule: Group) -> frozenset[str] | None:
    """Return the traits whose change alone can change the answer, where only such traits count."""
    asked = [leaf.behaviour for leaf in leaves(rule)]
    if not all(asked) or any(each and each.window == "session" for each in asked):
        return None  # a new session empties its traits without touching them
    return frozenset(each.key for each in asked if each)


def _needs(rule: Group) -> frozenset[str]:
    """Return the traits of conditions that all have to hold, and that nothing does not meet."""
    if rule.combinator != "and" or rule.negated:
        return frozenset()
    conditions = [each for each in rule.rules if isinstance(each, Leaf)]
    return frozenset(
        leaf.behaviour.key
        for leaf in conditions
        if leaf.behaviour and not compile_rule(Group(rules=(leaf,)))(_nothing_of(leaf.behaviour))
    )


def _nothing_of(behaviour: Behaviour) -> Facts:
    return PlainFacts(behaviours={behaviour.key: AGGREGATES[behaviour.aggregate].of_nothing})


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
