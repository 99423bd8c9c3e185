"""What rules go by: the behaviours, traits and facts that decide about each segment."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from personalize.rules.syntax import InvalidRule, Leaf, leaves, parse, segments_of


class Signal(NamedTuple):
    """Something that rules ask about: an event, a trait, a fact of the visit, another segment."""

    family: str  # behaviour, segments, trait, context, session or prediction
    name: str


def signals_of(rule: Any) -> Mapping[Signal, list[Leaf]]:
    """Return the signals that a rule (as JSON) asks for, each with its conditions, in order.

    A rule that does not parse asks for none.
    """
    try:
        parsed = parse(rule)
    except InvalidRule:
        return {}
    found: dict[Signal, list[Leaf]] = {}
    for leaf in leaves(parsed):
        for signal in _signals(leaf):
            found.setdefault(signal, []).append(leaf)
    return found


def _signals(leaf: Leaf) -> Iterator[Signal]:
    if leaf.behaviour:
        yield Signal("behaviour", leaf.behaviour.event)
    elif leaf.field == "segments":
        for slug in segments_of(leaf):
            yield Signal("segments", slug)
    else:
        family, _, name = leaf.field.partition(".")
        yield Signal(family, name)
