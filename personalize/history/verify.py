"""Whether two profiles are the same: in what events make of them, at one moment. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from personalize.profile.profile import Profile
from personalize.profile.sessions import current
from personalize.profile.traits import ComputedTrait, TraitSet, decode_state

FIELDS = (
    "anonymous_id",
    "user_id",
    "first_seen_at",
    "last_seen_at",
    "events",
    "session_count",
    "sessions",
    "traits",
    "trait_times",
    "context",
    "context_at",
    "is_bot",
    "merged_into",
)


class Difference(NamedTuple):
    """A field, or the key of a trait, that is not the same."""

    name: str
    live: Any
    made: Any


def differences(live: Profile, made: Profile, *, traits: TraitSet, now: int) -> list[Difference]:
    """Return what differs between a profile that serves and one made of the lake."""
    return [*_in_fields(live, made), *_in_traits(live, made, traits, now)]


def _in_fields(live: Profile, made: Profile) -> Iterator[Difference]:
    for name in FIELDS:
        one, other = getattr(live, name), getattr(made, name)
        if one != other:
            yield Difference(name, one, other)


def _in_traits(live: Profile, made: Profile, traits: TraitSet, now: int) -> Iterator[Difference]:
    for key, trait in traits.by_key.items():
        one, other = (_counted(each, trait, traits, now) for each in (live, made))
        if one != other:
            yield Difference(key, one, other)


def _counted(profile: Profile, trait: ComputedTrait, traits: TraitSet, now: int) -> Any:
    """Return a trait's value and its state without what can never count again."""
    kept = profile.computed.get(trait.key)
    buckets = decode_state(kept) if kept else {}
    tidied = trait.tidied(buckets, sessions=profile.sessions, now=now) if buckets else {}
    session = current(profile.sessions, now=now, gap=traits.session_gap)
    return trait.value(tidied, session=session, now=now), tidied
