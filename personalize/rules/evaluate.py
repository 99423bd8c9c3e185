"""Compile rules to closures, and explain what they found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, TypeVar

from personalize.rules.facts import Facts
from personalize.rules.operators import OPERATORS
from personalize.rules.syntax import Group, Leaf, to_json

Predicate = Callable[[Facts], bool]
Filter = Callable[[Mapping[str, Any]], bool]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one node of a rule found: a condition has the `actual` value, a group has `children`."""

    node: Mapping[str, Any]
    matched: bool
    actual: Any = None
    children: "tuple[Explanation, ...]" = ()

    def as_json(self) -> dict[str, Any]:
        """Return the rule's JSON with what was found beside each node."""
        if "rules" in self.node:
            rules = [child.as_json() for child in self.children]
            return {**self.node, "rules": rules, "matched": self.matched}
        return {**self.node, "actual": self.actual, "matched": self.matched}


def compile_rule(rule: Group) -> Predicate:
    """Return the predicate over a visitor's facts. It never raises on plain facts."""
    return _compiled(rule, _predicate)


def compile_filter(rule: Group) -> Filter:
    """Return the predicate over one event's properties, which the rule's fields name."""
    return _compiled(rule, _filter)


def explain(rule: Leaf | Group, facts: Facts) -> Explanation:
    """Return what every node of the rule found; nothing is skipped, and nothing differs."""
    if isinstance(rule, Leaf):
        return Explanation(to_json(rule), _predicate(rule)(facts), _actual(rule, facts))
    children = tuple(explain(child, facts) for child in rule.rules)
    found = [child.matched for child in children]
    joined = not found or (all(found) if rule.combinator == "and" else any(found))
    return Explanation(to_json(rule), joined is not rule.negated, None, children)


def property_reader(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what reads a property; `address.city` is that key, or else `city` within `address`."""
    steps = name.split(".")
    if len(steps) == 1:
        return methodcaller("get", name)

    def read(properties: Mapping[str, Any]) -> Any:
        if name in properties:
            return properties[name]
        value: Any = properties
        for step in steps:
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
        return value

    return read


def _compiled(
    rule: Leaf | Group, leaf: Callable[[Leaf], Callable[[S], bool]]
) -> Callable[[S], bool]:
    if isinstance(rule, Leaf):
        return leaf(rule)
    children = tuple(_compiled(child, leaf) for child in rule.rules)
    joined = _joined(children, combinator=rule.combinator)
    return _negation(joined) if rule.negated else joined


def _joined(children: tuple[Callable[[S], bool], ...], *, combinator: str) -> Callable[[S], bool]:
    if not children:
        return lambda subject: True
    if len(children) == 1:
        return children[0]
    # A plain loop: any() over a generator takes twice as long.
    stops_at = combinator == "or"

    def joined(subject: S) -> bool:
        for child in children:
            if child(subject) is stops_at:
                return stops_at
        return not stops_at

    return joined


def _negation(positive: Callable[[S], bool]) -> Callable[[S], bool]:
    return lambda subject: not positive(subject)


def _predicate(leaf: Leaf) -> Predicate:
    if leaf.field == "segments":
        return _membership(leaf)
    return _asked(leaf, OPERATORS[leaf.operator].test(leaf.value))


def _filter(leaf: Leaf) -> Filter:
    read, test = property_reader(leaf.field), OPERATORS[leaf.operator].test(leaf.value)
    return lambda properties: test(read(properties))


def _asked(leaf: Leaf, then: Callable[[Any], S]) -> Callable[[Facts], S]:
    """Return what asks the facts for the condition's value and passes it on.

    One closure for both, because these calls are most of what a decision costs.
    """
    if leaf.behaviour:
        behaviour = leaf.behaviour
        return lambda facts: then(facts.behaviour(behaviour))
    family, _, name = leaf.field.partition(".")
    ask: dict[str, Callable[[Facts], S]] = {
        "trait": lambda facts: then(facts.trait(name)),
        "context": lambda facts: then(facts.context(name)),
        "session": lambda facts: then(facts.session(name)),
        "prediction": lambda facts: then(facts.prediction(name)),
    }
    return ask[family]


def _membership(leaf: Leaf) -> Predicate:
    """Return the predicate of a condition on segments; an unknown segment has no members."""
    negated = OPERATORS[leaf.operator].negates
    if (negated or leaf.operator) == "null":
        positive: Predicate = _negation(methodcaller("has_segments"))
    else:
        named = tuple(methodcaller("in_segment", slug) for slug in _slugs(leaf))
        positive = _joined(named, combinator="or") if named else _nobody
    return _negation(positive) if negated else positive


def _unchanged(value: Any) -> Any:
    return value


def _nobody(facts: Facts) -> bool:
    return False


def _slugs(leaf: Leaf) -> tuple[str, ...]:
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _actual(leaf: Leaf, facts: Facts) -> Any:
    if leaf.field != "segments":
        return _asked(leaf, _unchanged)(facts)
    if leaf.value is None:
        return facts.has_segments()
    return [slug for slug in _slugs(leaf) if facts.in_segment(slug)]
