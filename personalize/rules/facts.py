"""What a rule may ask about a visitor."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from personalize.rules.syntax import Behaviour


class Facts(Protocol):
    """What a rule is evaluated against: texts, numbers, booleans, lists; None is missing.

    Arguments are positional: these calls are the inner loop of every decision.
    """

    def trait(self, key: str, /) -> Any:
        """Return an identified trait's value."""

    def context(self, name: str, /) -> Any:
        """Return a fact about this request, such as `device`."""

    def session(self, name: str, /) -> Any:
        """Return a fact about the visitor's session, such as `views`."""

    def in_segment(self, slug: str, /) -> bool:
        """Return whether the visitor belongs to the segment."""

    def has_segments(self) -> bool:
        """Return whether the visitor belongs to any segment."""

    def prediction(self, model: str, /) -> Any:
        """Return the visitor's score by a model."""

    def behaviour(self, behaviour: Behaviour, /) -> Any:
        """Return what the behaviour's aggregate is now."""


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """Facts from dictionaries; `behaviours` maps a behaviour's key to its value."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    contexts: Mapping[str, Any] = field(default_factory=dict)
    sessions: Mapping[str, Any] = field(default_factory=dict)
    segments: Set[str] = frozenset()
    predictions: Mapping[str, Any] = field(default_factory=dict)
    behaviours: Mapping[str, Any] = field(default_factory=dict)

    def trait(self, key: str, /) -> Any:
        """Return an identified trait's value."""
        return self.traits.get(key)

    def context(self, name: str, /) -> Any:
        """Return a fact about this request."""
        return self.contexts.get(name)

    def session(self, name: str, /) -> Any:
        """Return a fact about the visitor's session."""
        return self.sessions.get(name)

    def in_segment(self, slug: str, /) -> bool:
        """Return whether the visitor belongs to the segment."""
        return slug in self.segments

    def has_segments(self) -> bool:
        """Return whether the visitor belongs to any segment."""
        return bool(self.segments)

    def prediction(self, model: str, /) -> Any:
        """Return the visitor's score by a model."""
        return self.predictions.get(model)

    def behaviour(self, behaviour: Behaviour, /) -> Any:
        """Return what the behaviour's aggregate is now."""
        return self.behaviours.get(behaviour.key)
