"""What a visitor's page shows of the hot profile: facts, traits, segments and why, timeline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from personalize.admin.words import sentence
from personalize.decide.decide import decide, viewer_of
from personalize.decide.plan import current_plan
from personalize.decide.record import records_of
from personalize.models import Segment, Trait
from personalize.profile.profile import Profile
from personalize.render.why import Clause, Why, clause_of, moment, whys_of
from personalize.rules.describe import describe_behaviour
from personalize.rules.syntax import InvalidRule, parse, parse_behaviour
from personalize.segment.compiled import load_segments
from personalize.segment.facts import VisitorFacts
from personalize.segment.names import editors_names

MOST_SLOTS = 50


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
        self.profile, self.now = profile, now
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

    def whys(self, *, has_consent: bool) -> list[Why]:
        """Return for each slot of the database what the visitor's next page view would show.

        It goes by the context of their latest visit; a page may bring variants of its own.
        """
        plan, profile = current_plan(), self.profile if has_consent else None
        viewer = replace(viewer_of(profile), has_consent=has_consent)
        slots = [plan.slots[key] for key in sorted(plan.slots)][:MOST_SLOTS]
        context = self.profile.context
        decisions = decide(profile, context, slots, plan=plan, now=self.now, viewer=viewer)
        facts = plan.facts(profile, context, self.now)
        records = records_of(
            slots, decisions=decisions, plan=plan, facts=facts, viewer=viewer, now=self.now
        )
        return whys_of(records)

    def _belonging(self, segment: Segment) -> Belonging:
        entered_at = self.profile.segments.get(segment.slug)
        return Belonging(
            segment,
            self.facts.in_segment(segment.slug),
            moment(entered_at) if entered_at else None,
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
        return clause_of(rule, facts=self.facts, names=self.names, now=self.now)

    def _values(self, traits: Any) -> Iterator[Computed]:
        for trait in traits:
            try:
                behaviour = parse_behaviour(trait.behaviour)
            except InvalidRule:
                continue
            words = trait.name or describe_behaviour(behaviour)
            yield Computed(trait, words, self.facts.behaviour(behaviour))
