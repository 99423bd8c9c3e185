"""Who somebody is: traits that they or a trusted source tell, and the hand-over of a whole profile.

A visitor's profile goes into a user's only on proof, in one direction. It stays as it was, marked
with where it went, so that the link can be undone: `unlink` restores it. What it has given to the
user's profile stays there, since minima and the like cannot be taken out again.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from personalize.clean.pace import Pace
from personalize.profile.profile import Profile, Session, State
from personalize.profile.sessions import joined
from personalize.profile.traits import TraitSet, decode_state
from personalize.rules.typed import order_of, typed

MOST_TRAITS = 128
MOST_TRAIT_TEXT = 1_024


def learn(profile: Profile, traits: Mapping[str, Any], *, at: int) -> None:
    """Take identified traits over; of two values the one from the later event stays.

    The profile's dictionaries are changed in place. A value of None removes the trait (its time is
    kept, so that an older event cannot bring it back). Values of more than 1,024 characters as
    typed texts are left out; of more than 128 traits those told last stay.
    """
    for key, value in traits.items():
        text = _text(value)
        if len(text) > MOST_TRAIT_TEXT or len(key) > MOST_TRAITS:
            continue
        known_at = profile.trait_times.get(key)
        if known_at is not None and (known_at, _text(profile.traits.get(key))) >= (at, text):
            continue
        profile.trait_times[key] = at
        if value is None:
            profile.traits.pop(key, None)
        else:
            profile.traits[key] = value
    if len(profile.trait_times) > MOST_TRAITS:
        _forget_oldest(profile)


def merged(profile: Profile, other: Profile, *, traits: TraitSet, now: int) -> Profile:
    """Return one person's profile from two: as if all events had been theirs from the start."""
    sessions, same = joined(profile.sessions, other.sessions, gap=traits.session_gap)
    latest = max(profile, other, key=lambda each: (each.context_at, order_of(each.context)))
    events = profile.events + other.events
    result = replace(
        profile,
        first_seen_at=min(filter(None, (profile.first_seen_at, other.first_seen_at)), default=0),
        last_seen_at=max(profile.last_seen_at, other.last_seen_at),
        context=latest.context,
        context_at=latest.context_at,
        anonymous_id=latest.anonymous_id or profile.anonymous_id or other.anonymous_id,
        events=events,
        is_bot=not events and (profile.is_bot or other.is_bot),
        segments=_earliest(profile.segments, other.segments),
        session_count=profile.session_count + other.session_count - same,
        sessions=sessions,
        traits=dict(profile.traits),
        trait_times=dict(profile.trait_times),
        computed=_merged_states(profile, other, traits, sessions, now),
        assigned=sorted({*profile.assigned, *other.assigned}),
        experiments={**other.experiments, **profile.experiments},
        predictions={**other.predictions, **profile.predictions},
        pace=_caught_longer(profile.pace, other.pace),
        known={**other.known, **profile.known},
    )
    for key, at in other.trait_times.items():
        learn(result, {key: other.traits.get(key)}, at=at)
    return result


def _text(value: Any) -> str:
    return "" if value is None else typed(value)


def _caught_longer(one: Pace | None, other: Pace | None) -> Pace | None:
    """Return the pace of one or the other: who was caught as one is caught as both."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda pace: (pace.caught_until, pace.last_view_at))


def _earliest(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return the segments of both; who was in one before the log-in has not entered it anew."""
    return {slug: min(filter(None, (one.get(slug), other.get(slug)))) for slug in {**one, **other}}


def _merged_states(
    profile: Profile, other: Profile, traits: TraitSet, sessions: list[Session], now: int
) -> dict[str, State]:
    computed = dict(profile.computed)
    for key, raw in other.computed.items():
        trait = traits.by_key.get(key)
        if trait and key in computed:
            both = trait.merged(decode_state(computed[key]), decode_state(raw))
            computed[key] = trait.tidied(both, sessions=sessions, now=now)
        else:
            computed.setdefault(key, raw)
    return computed


def _forget_oldest(profile: Profile) -> None:
    newest = sorted(profile.trait_times, key=lambda key: (profile.trait_times[key], key))
    for key in newest[:-MOST_TRAITS]:
        del profile.trait_times[key]
        profile.traits.pop(key, None)
