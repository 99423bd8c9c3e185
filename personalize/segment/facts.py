"""What rules ask about one visitor, answered from the profile when asked, and once."""

from collections.abc import Iterable, Mapping
from typing import Any

from personalize.conf import settings
from personalize.profile.aggregates import Buckets
from personalize.profile.profile import Profile, Session
from personalize.profile.sessions import current
from personalize.profile.traits import computed_trait, decode_state
from personalize.rules.syntax import Behaviour, Group, Leaf, segments_of
from personalize.segment.compiled import CompiledSegment, SegmentSet

_UNASKED: Any = object()  # None is an answer
_NOBODY = Profile(subject="")


class VisitorFacts:
    """Facts of a visitor at `now` (milliseconds); without a profile, of somebody unknown.

    Windows end at `now`, so the answers are true at the moment of asking, whenever the profile was
    written. Segments that name each other in a circle are empty where the circle closes.
    """

    def __init__(
        self,
        profile: Profile | None,
        *,
        context: Mapping[str, Any],
        segments: SegmentSet,
        now: int,
    ) -> None:
        self.profile = profile or _NOBODY
        self._context = context
        self._segments = segments
        self._now = now
        self._values: dict[str, Any] = {}
        self._members: dict[str, bool] = {}
        self._states: dict[str, Buckets] = {}
        self._is_told = False  # who belongs to what, so that no rule decides

    def trait(self, key: str, /) -> Any:
        """Return an identified trait, or a computed one by its key."""
        value = self.profile.traits.get(key)
        if value is None:
            behaviour = self._segments.computed.get(key)
            return self.behaviour(behaviour) if behaviour else None
        return value

    def context(self, name: str, /) -> Any:
        """Return a fact about the request, or about the latest event in the background."""
        return self._context.get(name)

    def session(self, name: str, /) -> Any:
        """Return a fact about the session that goes on: nothing was viewed when none does."""
        session = self._session()
        if name == "number":
            return self.profile.session_count + (0 if session else 1)
        if session is None:
            return None if name == "entry_path" else 0
        if name == "seconds":
            return (session.last_at - session.started_at) // 1_000
        return getattr(session, name, None)

    def in_segment(self, slug: str, /) -> bool:
        """Return whether the visitor belongs to the segment now."""
        member = self._members.get(slug)
        if member is None:
            self._members[slug] = False  # what a rule that comes back to itself is told
            segment = self._segments.by_slug.get(slug)
            member = self._members[slug] = segment is not None and self._is_member(segment)
        return member

    def belong_to(self, slugs: Iterable[str]) -> None:
        """Let the visitor belong to exactly these segments, whatever the rules say."""
        self._members = dict.fromkeys(self._segments.by_slug, False) | dict.fromkeys(slugs, True)
        self._is_told = True

    def has_segments(self) -> bool:
        """Return whether the visitor belongs to any segment."""
        return any(self.in_segment(slug) for slug in self._segments.by_slug)

    def prediction(self, model: str, /) -> Any:
        """Return the visitor's score by a model."""
        return self.profile.predictions.get(model)

    def behaviour(self, behaviour: Behaviour, /) -> Any:
        """Return what the behaviour's aggregate is now."""
        value = self._values.get(behaviour.key, _UNASKED)
        if value is _UNASKED:
            value = self._values[behaviour.key] = self._counted(behaviour)
        return value

    def state(self, key: str) -> Buckets:
        """Return a computed trait's state, decoded once; empty when no event has touched it."""
        state = self._states.get(key)
        if state is None:
            kept = self.profile.computed.get(key)
            state = self._states[key] = decode_state(kept) if kept else {}
        return state

    def rule_of(self, slug: str) -> Group | None:
        """Return the rule that decides who belongs to a live segment, if one does."""
        segment = None if self._is_told else self._segments.by_slug.get(slug)
        return segment.rule if segment and segment.is_rule else None

    def known_since(self, leaf: Leaf) -> int | None:
        """Return when what the condition asks for was last told or counted, in milliseconds.

        For a segment it is when the visitor was seen to enter; a window is known by its granule.
        """
        profile, sessions = self.profile, self.profile.sessions
        family, _, name = leaf.field.partition(".")
        behaviour = leaf.behaviour or self._segments.computed.get(name)
        if family == "context":
            is_past = self._context is profile.context
            return (profile.context_at or None) if is_past else self._now
        if family == "session":
            return sessions[-1].last_at if sessions else None
        if family == "segments":
            stays = [slug for slug in segments_of(leaf) if self.in_segment(slug)]
            entered = [profile.segments[slug] for slug in stays if slug in profile.segments]
            return max(entered, default=None)
        if name in profile.trait_times:
            return profile.trait_times[name]
        return self._counted_at(behaviour) if behaviour else None

    def _counted_at(self, behaviour: Behaviour) -> int | None:
        state, granule = self.state(behaviour.key), computed_trait(behaviour).window.granule
        if not state:
            return None
        return max(state) * granule if granule else self.profile.last_seen_at or None

    def _is_member(self, segment: CompiledSegment) -> bool:
        if not segment.is_rule:
            return segment.slug in self.profile.assigned
        return self.profile.computed.keys() >= segment.needs and segment.predicate(self)

    def _counted(self, behaviour: Behaviour) -> Any:
        trait = computed_trait(behaviour)
        state = self.state(behaviour.key)
        if not state:
            return trait.aggregate.of_nothing
        session = self._session() if trait.window.is_session else None
        return trait.value(state, session=session, now=self._now)

    def _session(self) -> Session | None:
        gap = settings().SESSION_GAP_SECONDS * 1_000
        return current(self.profile.sessions, now=self._now, gap=gap)
