"""Computed traits, compiled: from a behaviour to what an event has to pass and touch. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from personalize.profile.aggregates import AGGREGATES, Aggregate, Buckets
from personalize.profile.profile import Session
from personalize.profile.sessions import start_of
from personalize.profile.windows import MOST_BUCKETS, Window, window_of
from personalize.rules.evaluate import compile_filter, property_reader
from personalize.rules.syntax import Behaviour

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode

MOST_COMPILED = 4_096


@dataclass(frozen=True, slots=True)
class ComputedTrait:
    """One behaviour, ready to count. Its state is {bucket: cell}, kept encoded in the profile."""

    key: str
    event: str
    aggregate: Aggregate
    window: Window
    read: Callable[[Mapping[str, Any]], Any] | None
    accepts: Callable[[Mapping[str, Any]], bool] | None

    def add(self, buckets: Buckets, bucket: int, *, at: int, properties: Mapping[str, Any]) -> None:
        """Count one event in its bucket, if the behaviour asks for it."""
        if self.accepts and not self.accepts(properties):
            return
        aggregate, value = self.aggregate, None
        if self.read:
            value = aggregate.reads(self.read(properties))
            if value is None:
                return
        held = buckets.get(bucket)
        if held is None:
            buckets[bucket] = aggregate.cell(at, value)
        elif aggregate.add:
            buckets[bucket] = aggregate.add(held, at, value)
        else:
            buckets[bucket] = aggregate.merge(held, aggregate.cell(at, value))

    def merged(self, one: Buckets, other: Buckets) -> Buckets:
        """Return the state of both sets of events together."""
        buckets = dict(one)
        for bucket, cell in other.items():
            held = buckets.get(bucket)
            buckets[bucket] = cell if held is None else self.aggregate.merge(held, cell)
        return buckets

    def tidied(self, buckets: Buckets, *, sessions: list[Session], now: int) -> Buckets:
        """Return the state without what can never count again; this is what bounds its size."""
        if self.window.is_session:
            buckets = self._by_session(buckets, sessions)
        elif self.window.granule:
            first = self.window.first(now)
            if min(buckets) < first:
                buckets = {each: cell for each, cell in buckets.items() if each >= first}
            if len(buckets) > 2 * MOST_BUCKETS and not self.aggregate.by_day:
                # Only clocks that run ahead get here.
                buckets = {each: buckets[each] for each in sorted(buckets)[-2 * MOST_BUCKETS :]}
        return self.aggregate.trim(buckets)

    def value(self, buckets: Buckets, *, session: Session | None, now: int) -> Any:
        """Return the aggregate at `now`, where `session` is the one that goes on."""
        if self.window.is_session:
            if session is None:
                return self.aggregate.of_nothing
            first = session.started_at
        else:
            first = self.window.first(now)
        if len(buckets) == 1:
            [(bucket, cell)] = buckets.items()
            cells = [cell] if bucket >= first else []
        else:
            cells = [buckets[bucket] for bucket in sorted(buckets) if bucket >= first]
        return self.aggregate.value(cells, now) if cells else self.aggregate.of_nothing

    def _by_session(self, buckets: Buckets, sessions: list[Session]) -> Buckets:
        """Join buckets whose sessions a late event has joined, and drop those of old sessions."""
        regrouped: Buckets = {}
        for bucket, cell in buckets.items():
            start = start_of(sessions, bucket)
            if start is not None:
                held = regrouped.get(start)
                regrouped[start] = cell if held is None else self.aggregate.merge(held, cell)
        return regrouped


_compiled: dict[str, ComputedTrait] = {}


@dataclass(frozen=True, slots=True)
class TraitSet:
    """The live computed traits by the name of the event that touches them."""

    by_key: Mapping[str, ComputedTrait] = field(default_factory=dict)
    by_event: Mapping[str, Sequence[ComputedTrait]] = field(default_factory=dict)
    session_gap: int = 1_800_000  # milliseconds


def computed_trait(behaviour: Behaviour) -> ComputedTrait:
    """Return the compiled form of a behaviour; equal behaviours share it."""
    trait = _compiled.get(behaviour.key)  # by the key: hashing a behaviour takes longer than asking
    if trait is None:
        if len(_compiled) >= MOST_COMPILED:
            _compiled.clear()
        trait = _compiled[behaviour.key] = _compile(behaviour)
    return trait


def _compile(behaviour: Behaviour) -> ComputedTrait:
    aggregate = AGGREGATES[behaviour.aggregate]
    return ComputedTrait(
        key=behaviour.key,
        event=behaviour.event,
        aggregate=aggregate,
        window=window_of(behaviour.window, by_day=aggregate.by_day),
        read=property_reader(behaviour.property) if behaviour.property else None,
        accepts=compile_filter(behaviour.where) if behaviour.where else None,
    )


def trait_set(behaviours: Iterable[Behaviour], *, session_gap: int = 1_800_000) -> TraitSet:
    """Return the behaviours compiled and indexed."""
    by_key = {each.key: computed_trait(each) for each in behaviours}
    by_event: dict[str, list[ComputedTrait]] = {}
    for trait in by_key.values():
        by_event.setdefault(trait.event, []).append(trait)
    return TraitSet(by_key, by_event, session_gap)


def decode_state(raw: msgspec.Raw | bytes) -> Buckets:
    """Return a computed trait's state."""
    buckets: Buckets = _decode(raw)
    return buckets


def encode_state(buckets: Buckets) -> msgspec.Raw:
    """Return what the profile keeps of a computed trait's state."""
    return msgspec.Raw(_encode(buckets))
