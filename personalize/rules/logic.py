"""Find what in a rule can never hold, and what always does.

Nothing is claimed that is not so; but not everything is found. Behaviours are taken to be counted
as profiles count them: a count is whole and at least 0, a time since something is not negative.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from personalize.rules.possible import Effort, is_possible
from personalize.rules.syntax import Group, Leaf

CONTRADICTION, TAUTOLOGY = "contradiction", "tautology"


class Finding(NamedTuple):
    """A node that never holds (a contradiction) or always does (a tautology).

    `path` is like that of a fault. `among` has the paths of two parts of a group that suffice for
    it, where there are two.
    """

    kind: str
    path: str
    among: tuple[str, ...] = ()


def findings(rule: Group) -> list[Finding]:
    """Return what is found: of the rule itself first, then of what is in it.

    A group within the rule is left out when its parts tell as much already.
    """
    finder = _Finder(Effort())
    found = list(finder.found(rule, ""))
    certain = finder.certain(rule)
    if certain is None or any(each.path == "" for each in found):
        return found
    return [Finding(_kind(certain), ""), *found]


class _Finder:
    """Asks about each node once."""

    def __init__(self, effort: Effort, *, is_filter: bool = False) -> None:
        self.effort = effort
        self.is_filter = is_filter
        self._known: dict[Group | Leaf, bool | None] = {}

    def found(self, rule: Group | Leaf, path: str) -> Iterator[Finding]:
        if isinstance(rule, Leaf):
            yield from self.of_leaf(rule, path)
            return
        prefix = f"{path}." if path else ""
        places = [f"{prefix}rules[{index}]" for index in range(len(rule.rules))]
        certain = self.certain(rule)
        if certain is not None and self.by_parts(rule) is None:
            yield Finding(_kind(certain), path, self.pair(rule, places))
        for child, place in zip(rule.rules, places, strict=True):
            yield from self.found(child, place)

    def of_leaf(self, leaf: Leaf, path: str) -> Iterator[Finding]:
        certain = self.certain(leaf)
        if certain is not None:
            yield Finding(_kind(certain), path)
        if leaf.behaviour and leaf.behaviour.where:
            within = _Finder(self.effort, is_filter=True)
            yield from within.found(leaf.behaviour.where, f"{path}.behaviour.where")

    def certain(self, rule: Group | Leaf) -> bool | None:
        """Return True for what always holds, False for what never does, else None."""
        if rule not in self._known:
            is_never = not self.may(rule, True)
            is_always = not is_never and not self.may(rule, False)
            self._known[rule] = is_always if is_never or is_always else None
        return self._known[rule]

    def by_parts(self, rule: Group) -> bool | None:
        """Return what is certain of a group only because of what is certain of its parts."""
        parts = [self.certain(child) for child in rule.rules]
        decides = rule.combinator == "or"  # one part for which it is so makes it so of the group
        if decides in parts:
            return decides is not rule.negated
        if parts and None not in parts:
            return decides is rule.negated
        return None

    def pair(self, rule: Group, places: Sequence[str]) -> tuple[str, ...]:
        """Return the paths of two parts that cannot both hold, or of which one always does."""
        is_wanted = rule.combinator == "and"
        parts = list(zip(rule.rules, places, strict=True))
        for (one, first), (other, second) in combinations([] if rule.negated else parts, 2):
            wanted = [(one, is_wanted), (other, is_wanted)]
            if not is_possible(wanted, effort=self.effort, is_filter=self.is_filter):
                return first, second
        return ()

    def may(self, rule: Group | Leaf, is_wanted: bool) -> bool:
        return is_possible([(rule, is_wanted)], effort=self.effort, is_filter=self.is_filter)


def _kind(is_always: bool) -> str:
    return TAUTOLOGY if is_always else CONTRADICTION
