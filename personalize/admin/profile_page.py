"""What a visitor's page shows of the hot profile: facts, traits, segments and why, timeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize.admin.words import sentence
from personalize.models import Segment, Trait
from personalize.profile.profile import Profile
from personalize.render.why import Clause, clause_of, moment
from personalize.rules.describe import describe_behaviour
from personalize.rules.syntax import InvalidRule, parse, parse_behaviour
from personalize.segment.compiled import load_segments
from personalize.segment.facts import VisitorFacts
from personalize.segment.names import editors_names


@dataclass(frozen=True, slots=True)
class Belonging:
    """A live segment, whether the visitor is in it, since when, and why."""

    segment: Segment
    is_member: bool
    since: datetime | None
    sentence: str
    why: Clause | None


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed trait with its present value."""

    trait: Trait
    words: str
    value: Any


class ProfilePage:
    """Explains one profile at one moment; `now` is in milliseconds."""

    def __init__(self, profile: Profile, *, now: int) -> None:
        self.profile = profile
        self.names = editors_names()
        self.facts = VisitorFacts(
            profile, context=profile.context, segments=load_segments(), now=now
        )

    def belongings(self) -> list[Belonging]:
        """Return every live segment, those that the visitor is in first."""
        found = [self._belonging(segment) for segment in Segment.objects.filter(is_live=True)]
        return sorted(found, key=lambda each: not each.is_member)

    def computed(self) -> list[Computed]:
        """Return the traits that this profile holds, under names that people read."""
        traits = Trait.objects.filter(kind=Trait.Kind.COMPUTED, key__in=self.profile.computed)
        return list(self._values(traits))

    def _belonging(self, segment: Segment) -> Belonging:
        entered_at = self.profile.segments.get(segment.slug)
        return Belonging(
            segment,
            self.facts.in_segment(segment.slug),
            moment(entered_at),
            sentence(segment.rule) if segment.kind == Segment.Kind.RULE else "",
            self._why(segment),
        )

    def _why(self, segment: Segment) -> Clause | None:
        if segment.kind != Segment.Kind.RULE:
            return None
        try:
            rule = parse(segment.rule)
        except InvalidRule:
            return None
        return clause_of(rule, facts=self.facts, names=self.names)

    def _values(self, traits: Any) -> Iterator[Computed]:
        for trait in traits:
            try:
                behaviour = parse_behaviour(trait.behaviour)
            except InvalidRule:
                continue
            words = trait.name or describe_behaviour(behaviour)
            yield Computed(trait, words, self.facts.behaviour(behaviour))
