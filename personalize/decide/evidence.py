"""What rules asked about a visitor, and the answers: enough to decide the same again. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

import msgspec

from personalize.rules.facts import Facts
from personalize.rules.syntax import Behaviour, Group, Leaf, leaves, parse, segments_of, to_json
from personalize.segment.facts import VisitorFacts


class Evidence(msgspec.Struct, omit_defaults=True):
    """The answers by what was asked, such as `trait.city`, `segment.vip` or `behaviour.b_…`.

    `since` has when each answer was last told or counted, in milliseconds, where that is known.
    `rules` has the rules (JSON) of the segments that were asked for, whose answers are here too.
    It answers rules as the visitor's facts did.
    """

    answers: dict[str, Any] = {}
    since: dict[str, int] = {}
    rules: dict[str, Any] = {}

    @classmethod
    def of(cls, rules: Iterable[Group], *, facts: Facts) -> Self:
        """Return all that the rules ask, and the rules of the segments that they name."""
        evidence = cls()
        waiting = list(rules)
        while waiting:
            for leaf in leaves(waiting.pop()):
                for name, ask in _questions(leaf):
                    evidence._note(name, ask(facts), leaf, facts)
                for slug in segments_of(leaf):
                    rule = facts.rule_of(slug) if isinstance(facts, VisitorFacts) else None
                    if rule is not None and slug not in evidence.rules:
                        evidence.rules[slug] = to_json(rule)
                        waiting.append(rule)
        return evidence

    def trait(self, key: str, /) -> Any:
        """Return what the trait was."""
        return self.answers.get(f"trait.{key}")

    def context(self, name: str, /) -> Any:
        """Return what the request told."""
        return self.answers.get(f"context.{name}")

    def session(self, name: str, /) -> Any:
        """Return what was known of the session."""
        return self.answers.get(f"session.{name}")

    def in_segment(self, slug: str, /) -> bool:
        """Return whether the visitor belonged to the segment."""
        return bool(self.answers.get(f"segment.{slug}"))

    def has_segments(self) -> bool:
        """Return whether the visitor belonged to any segment."""
        return bool(self.answers.get("segments"))

    def prediction(self, model: str, /) -> Any:
        """Return what the score was."""
        return self.answers.get(f"prediction.{model}")

    def behaviour(self, behaviour: Behaviour, /) -> Any:
        """Return what the aggregate was."""
        return self.answers.get(f"behaviour.{behaviour.key}")

    def rule_of(self, slug: str) -> Group | None:
        """Return the rule that decided who belonged to a segment."""
        return parse(self.rules[slug]) if slug in self.rules else None

    def known_since(self, leaf: Leaf) -> int | None:
        """Return when what the condition asks was last told or counted, in milliseconds."""
        return max(
            (self.since[name] for name, _ in _questions(leaf) if name in self.since), default=None
        )

    def _note(self, name: str, answer: Any, leaf: Leaf, facts: Facts) -> None:
        if name in self.answers:
            return
        self.answers[name] = answer
        since = facts.known_since(leaf) if isinstance(facts, VisitorFacts) else None
        if since is not None:
            self.since[name] = since


def _questions(leaf: Leaf) -> Iterator[tuple[str, Callable[[Facts], Any]]]:
    """Yield what the condition asks, by name."""
    family, _, name = leaf.field.partition(".")
    if leaf.behaviour:
        behaviour = leaf.behaviour
        yield f"behaviour.{behaviour.key}", lambda facts: facts.behaviour(behaviour)
    elif family != "segments":
        yield leaf.field, lambda facts: getattr(facts, family)(name)
    elif leaf.value is None:
        yield "segments", lambda facts: facts.has_segments()
    for slug in segments_of(leaf):
        yield f"segment.{slug}", lambda facts, slug=slug: facts.in_segment(slug)  # type: ignore[misc]
