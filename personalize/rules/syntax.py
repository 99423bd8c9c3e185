"""The syntax of rules: from JSON to a checked tree, and back.

A rule is what react-querybuilder exports: groups of conditions and of further groups. Keys that the
builder adds for itself (`id`, `path`, …) are ignored.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as slot
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from personalize.rules.aggregates import AGGREGATES, checked_aggregate, checked_window
from personalize.rules.fields import Kind, Unexpected, kind_of
from personalize.rules.operators import operator_named
from personalize.rules.values import checked_name, checked_property, checked_value, name_of

MAX_DEPTH = 10
MAX_NODES = 200

T = TypeVar("T")


class Fault(NamedTuple):
    """What is wrong with one node; `path` is like `rules[1].value`, empty for the rule itself."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidRule(ValueError):
    """A rule does not parse; `faults` has everything that is wrong with it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What to count of a visitor's events. Equal when the content is, which `key` stands for."""

    event: str = slot(compare=False)
    aggregate: str = slot(compare=False)
    window: str | None = slot(default=None, compare=False)
    property: str | None = slot(default=None, compare=False)
    where: "Group | None" = slot(default=None, compare=False)
    key: str = slot(init=False)

    def __post_init__(self) -> None:
        content = json.dumps(_behaviour_json(self), sort_keys=True, separators=(",", ":"))
        digest = blake2b(content.encode(), digest_size=8).hexdigest()
        object.__setattr__(self, "key", f"b_{digest}")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition. `value` is a text, a number, a boolean, a tuple of them, or None."""

    field: str
    operator: str
    value: Any = slot(default=None, compare=False)
    behaviour: Behaviour | None = None
    # Compared in place of the value: True == 1 in Python, but not in a rule.
    literal: str = slot(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "literal", json.dumps(self.value))


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that all ("and") or any ("or") have to hold; an empty group holds always."""

    combinator: str = "and"
    rules: "tuple[Leaf | Group, ...]" = ()
    negated: bool = False


def parse(value: Any) -> Group:
    """Return the rule that `value` (decoded JSON) stands for; None and {} match everybody.

    A single condition is taken for a group of one.

    Raises:
        InvalidRule: with every fault, each naming its node.
    """
    if value is None or value == {}:
        return Group()
    parser = _Parser()
    rule = parser.node(value, _Place())
    if parser.faults or rule is None:
        raise InvalidRule(tuple(parser.faults))
    return rule if isinstance(rule, Group) else Group(rules=(rule,))


def parse_behaviour(value: Any) -> Behaviour:
    """Return the behaviour that `value` (decoded JSON, as a computed trait stores it) stands for.

    Raises:
        InvalidRule: with every fault, each naming its node.
    """
    parser = _Parser()
    behaviour = parser.behaviour(value, _Place())
    if parser.faults or behaviour is None:
        raise InvalidRule(tuple(parser.faults))
    return behaviour


def to_json(rule: Leaf | Group | Behaviour) -> dict[str, Any]:
    """Return the canonical JSON, which `parse` turns into an equal rule again."""
    if isinstance(rule, Behaviour):
        return _behaviour_json(rule)
    if isinstance(rule, Group):
        children = [to_json(child) for child in rule.rules]
        return {"combinator": rule.combinator, "not": rule.negated, "rules": children}
    value = list(rule.value) if isinstance(rule.value, tuple) else rule.value
    leaf = {"field": rule.field, "operator": rule.operator, "value": value}
    return {**leaf, "behaviour": to_json(rule.behaviour)} if rule.behaviour else leaf


def leaves(rule: Leaf | Group) -> Iterator[Leaf]:
    """Yield every condition, but not those inside of a behaviour."""
    if isinstance(rule, Leaf):
        yield rule
        return
    for child in rule.rules:
        yield from leaves(child)


def placed_leaves(rule: Group, *, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yield every condition with the path of its node, such as `rules[1].rules[0]`."""
    for index, child in enumerate(rule.rules):
        place = f"{path}.rules[{index}]" if path else f"rules[{index}]"
        if isinstance(child, Leaf):
            yield place, child
        else:
            yield from placed_leaves(child, path=place)


def segments_of(leaf: Leaf) -> tuple[Any, ...]:
    """Return the slugs of the segments that the condition names."""
    if leaf.field != "segments" or leaf.value is None:
        return ()
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def behaviours(rule: Leaf | Group) -> set[Behaviour]:
    """Return the behaviours that the rule asks for."""
    return {leaf.behaviour for leaf in leaves(rule) if leaf.behaviour}


def segments(rule: Leaf | Group) -> set[str]:
    """Return the slugs of the segments that the rule names."""
    return {slug for leaf in leaves(rule) for slug in segments_of(leaf)}


def _behaviour_json(behaviour: Behaviour) -> dict[str, Any]:
    return {
        "event": behaviour.event,
        "aggregate": behaviour.aggregate,
        "window": behaviour.window,
        "property": behaviour.property,
        "where": to_json(behaviour.where) if behaviour.where else None,
    }


class _Parser:
    """Walks the JSON once and collects the faults; a node at fault becomes None."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.nodes = 0

    def checked(self, path: str, check: Callable[[], T]) -> T | None:
        """Return what `check` returns, or None and one more fault."""
        try:
            return check()
        except Unexpected as error:
            self.faults.append(Fault(path, str(error)))
            return None

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def node(self, value: Any, at: "_Place") -> Leaf | Group | None:
        self.nodes += 1
        if self.nodes == MAX_NODES + 1:
            self.fault(at.path, f"expected at most {MAX_NODES} groups and conditions in all")
        if self.nodes > MAX_NODES:
            return None
        if not isinstance(value, Mapping):
            self.fault(at.path, f"expected a group or a condition, got {name_of(value)}")
        elif "rules" in value or "combinator" in value:
            return self.group(value, at)
        elif "field" in value or "operator" in value:
            return self.leaf(value, at)
        else:
            self.fault(
                at.path,
                "expected a group (combinator, rules) or a condition (field, operator, value)",
            )
        return None

    def group(self, value: Mapping[str, Any], at: "_Place") -> Group | None:
        if at.depth > MAX_DEPTH:
            self.fault(at.path, f"expected at most {MAX_DEPTH} levels of groups")
            return None
        combinator, negated, rules = (
            value.get("combinator"),
            value.get("not", False),
            value.get("rules"),
        )
        if combinator not in ("and", "or"):
            self.fault(at / "combinator", 'expected "and" or "or"')
        if not isinstance(negated, bool):
            self.fault(at / "not", f"expected true or false, got {name_of(negated)}")
        if not isinstance(rules, list | tuple):
            self.fault(at / "rules", f"expected a list, got {name_of(rules)}")
            return None
        children: list[Leaf | Group] = []
        for index, child in enumerate(rules):
            node = self.node(child, at.child(f"rules[{index}]"))
            if self.nodes > MAX_NODES:
                return None
            children += [node] if node else []
        return Group(str(combinator), tuple(children), negated is True)

    def leaf(self, value: Mapping[str, Any], at: "_Place") -> Leaf | None:
        faults = len(self.faults)
        if value.get("valueSource") == "field":
            self.fault(at / "valueSource", "expected a value to compare with, not another field")
        name = value.get("operator")
        operator = self.checked(at / "operator", lambda: operator_named(name))
        behaviour, kind = self.subject(value, at)
        if operator is None or kind is None:
            return None
        if kind not in operator.kinds:
            self.fault(at / "operator", f"{name!r} does not suit a field that holds {kind.value}")
            return None
        given = value.get("value")
        literal = self.checked(
            at / "value", lambda: checked_value(given, operator=operator, kind=kind)
        )
        return (
            Leaf(value["field"], str(name), literal, behaviour)
            if len(self.faults) == faults
            else None
        )

    def subject(
        self, value: Mapping[str, Any], at: "_Place"
    ) -> tuple[Behaviour | None, Kind | None]:
        """Return what a condition is about: a behaviour or None, and the kind of its value."""
        name = value.get("field")
        if at.in_where:
            wanted = "the name of one of the event's properties"
            found = self.checked(at / "field", lambda: checked_name(name, expected=wanted))
            return None, Kind.ANY if found else None
        if name != "behaviour":
            return None, self.checked(at / "field", lambda: kind_of(name))
        behaviour = self.behaviour(value.get("behaviour"), at.child("behaviour"))
        return behaviour, AGGREGATES[behaviour.aggregate].kind if behaviour else None

    def behaviour(self, value: Any, at: "_Place") -> Behaviour | None:
        if not isinstance(value, Mapping):
            self.fault(
                at.path, f"expected an object with event and aggregate, got {name_of(value)}"
            )
            return None
        faults = len(self.faults)
        name = value.get("aggregate")
        aggregate = self.checked(at / "aggregate", lambda: checked_aggregate(name))
        event = self.checked(
            at / "event", lambda: checked_name(value.get("event"), expected="the name of an event")
        )
        window = self.checked(at / "window", lambda: checked_window(value.get("window")))
        is_needed = aggregate is not None and AGGREGATES[aggregate].needs_property
        column = self.checked(
            at / "property",
            lambda: checked_property(value.get("property"), is_needed=is_needed),
        )
        where = self.where(value.get("where"), at.where())
        if aggregate is None or event is None or len(self.faults) > faults:
            return None
        return Behaviour(event, aggregate, window, column, where)

    def where(self, value: Any, at: "_Place") -> Group | None:
        if value is None or value == {}:
            return None
        node = self.node(value, at)
        rule = Group(rules=(node,)) if isinstance(node, Leaf) else node
        return rule if rule and (rule.rules or rule.negated) else None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the parser is; `in_where` fields are the properties of an event."""

    path: str = ""
    depth: int = 1
    in_where: bool = False

    def __truediv__(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def child(self, key: str) -> "_Place":
        return _Place(self / key, self.depth + 1, self.in_where)

    def where(self) -> "_Place":
        return _Place(self / "where", self.depth, True)
