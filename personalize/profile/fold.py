"""From a profile and events to the next profile: a pure function, whatever the events' order."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from personalize.events.event import BROWSER, SYSTEM, Event
from personalize.profile.aggregates import Buckets
from personalize.profile.identify import learn, merged
from personalize.profile.profile import Profile, Session, decode
from personalize.profile.sessions import place, view
from personalize.profile.traits import Plan, TraitSet, decode_state
from personalize.rules.typed import order_of

VIEWS = frozenset({"page", "screen"})
MOST_STATES = 512


def fold(profile: Profile, events: Iterable[Event], *, traits: TraitSet, now: int) -> Profile:
    """Return the profile after the events, each of which is new; `now` only decides what to drop.

    A bot's events mark a profile in which no person's are, and count nowhere. The given profile is
    left as it is.
    """
    draft = _Draft(profile, traits)
    for event in events:
        if event.bot:
            draft.profile.is_bot = not draft.profile.events
        elif event.type == "merge":
            other = decode(event.properties["profile"])
            draft = _Draft(merged(draft.finished(now), other, traits=traits, now=now), traits)
        elif event.type not in SYSTEM:
            draft.add(event)
    return draft.finished(now)


def is_visit(event: Event) -> bool:
    """Whether the visitor's own program shows in the event; else a server tells of them."""
    return event.source == BROWSER or "device" in event.context


def _path(values: Mapping[str, Any]) -> str:
    path = values.get("path")
    return path if isinstance(path, str) else ""


def _is_ahead(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one == other or order_of(one) > order_of(other)


class _Draft:
    """A profile in the making; states are decoded when first touched."""

    def __init__(self, profile: Profile, traits: TraitSet) -> None:
        self.traits = traits
        self.profile = replace(
            profile,
            sessions=[replace(session) for session in profile.sessions],
            traits=dict(profile.traits),
            trait_times=dict(profile.trait_times),
            computed=dict(profile.computed),
        )
        self.states: dict[str, Buckets] = {}

    def add(self, event: Event) -> None:
        """Let one event of a person take effect."""
        session = None
        self._see(event)
        if is_visit(event):
            self._look(event)
            session = self._place(event)
        elif event.anonymous_id and not self.profile.context_at:
            known = self.profile.anonymous_id or "\uffff"
            self.profile.anonymous_id = min(known, event.anonymous_id)
        plan = self.traits.by_event.get(event.event)
        if plan:
            self._count(event, plan, session)
        if event.traits and event.type == "identify":
            learn(self.profile, event.traits, at=event.timestamp)

    def finished(self, now: int) -> Profile:
        """Return the profile, its touched states tidied."""
        profile, live = self.profile, self.traits.by_key
        computed, sessions = profile.computed, profile.sessions
        for key, buckets in self.states.items():
            tidied = live[key].tidied(buckets, sessions=sessions, now=now)
            if tidied:
                computed[key] = tidied
            else:
                computed.pop(key, None)
        if len(computed) > MOST_STATES:
            profile.computed = {key: kept for key, kept in computed.items() if key in live}
        return profile

    def _see(self, event: Event) -> None:
        profile, at = self.profile, event.timestamp
        if not profile.events or at < profile.first_seen_at:
            profile.first_seen_at = at
        profile.last_seen_at = max(at, profile.last_seen_at)
        profile.is_bot = False
        profile.user_id = event.user_id or profile.user_id
        profile.events += 1

    def _look(self, event: Event) -> None:
        """Take the context of the latest visit; of two at once the content decides, not arrival."""
        profile, at = self.profile, event.timestamp
        if at > profile.context_at or (
            at == profile.context_at and _is_ahead(event.context, profile.context)
        ):
            profile.context_at, profile.context = at, event.context
            profile.anonymous_id = event.anonymous_id or profile.anonymous_id

    def _place(self, event: Event) -> Session | None:
        profile, at = self.profile, event.timestamp
        session, more = place(profile.sessions, at, gap=self.traits.session_gap)
        profile.session_count += more
        if session and event.type in VIEWS:
            view(session, at=at, path=_path(event.context) or _path(event.properties))
        return session

    def _count(self, event: Event, plan: Plan, session: Session | None) -> None:
        at, properties, states = event.timestamp, event.properties, self.states
        start = session.started_at if session else None
        values = [read(properties) for read in plan.readers]
        places = [window.bucket(at, session_start=start) for window in plan.windows]
        for key, value_at, place_at, cell, add in plan.steps:
            value, bucket = values[value_at], places[place_at]
            if value is None or bucket is None:
                continue
            buckets = states.get(key)
            if buckets is None:
                buckets = states[key] = self._state(key)
            held = buckets.get(bucket)
            buckets[bucket] = cell(at, value) if held is None else add(held, at, value)

    def _state(self, key: str) -> Buckets:
        """Return a copy of the trait's state: the given profile is left as it is."""
        kept = self.profile.computed.get(key)
        return dict(decode_state(kept)) if kept else {}
