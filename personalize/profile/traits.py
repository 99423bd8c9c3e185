"""Computed traits, compiled: from a behaviour to what an event has to pass and touch. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from personalize.profile.aggregates import AGGREGATES, Aggregate, Buckets, Cell
from personalize.profile.profile import Session, State
from personalize.profile.sessions import start_of
from personalize.rules.evaluate import compile_filter, property_reader
from personalize.rules.syntax import Behaviour, Group
from personalize.rules.windows import MOST_BUCKETS, Window, window_of

_decode = msgspec.msgpack.Decoder().decode

MOST_COMPILED = 4_096


Reader = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class ComputedTrait:
    """One behaviour, ready to count: `read` tells what of an event counts, None for not at all.

    Its state is {bucket: cell}, kept encoded in the profile.
    """

    key: str
    event: str
    aggregate: Aggregate
    window: Window
    read: Reader

    def merged(self, one: Buckets, other: Buckets) -> Buckets:
        """Return the state of both sets of events together."""
        buckets = dict(one)
        for bucket, cell in other.items():
            held = buckets.get(bucket)
            buckets[bucket] = cell if held is None else self.aggregate.merge(held, cell)
        return buckets

    def tidied(self, buckets: Buckets, *, sessions: list[Session], now: int) -> Buckets:
        """Return the state without what can never count again; this is what bounds its size."""
        window, aggregate = self.window, self.aggregate
        if window.granule:
            first = window.first(now)
            if min(buckets) < first:
                buckets = {each: cell for each, cell in buckets.items() if each >= first}
            if len(buckets) > 2 * MOST_BUCKETS and not aggregate.by_day:
                # Only clocks that run ahead get here.
                buckets = {each: buckets[each] for each in sorted(buckets)[-2 * MOST_BUCKETS :]}
        elif window.is_session:
            buckets = self._by_session(buckets, sessions)
        return aggregate.trim(buckets) if aggregate.trim else buckets

    def value(self, buckets: Buckets, *, session: Session | None, now: int) -> Any:
        """Return the aggregate at `now`, where `session` is the one that goes on."""
        window, aggregate = self.window, self.aggregate
        if not window.is_session:
            first = window.first(now)
        elif session:
            first = session.started_at
        else:
            return aggregate.of_nothing
        if len(buckets) == 1:
            [(bucket, cell)] = buckets.items()
            cells = [cell] if bucket >= first else []
        else:
            cells = [buckets[bucket] for bucket in sorted(buckets) if bucket >= first]
        return aggregate.value(cells, now) if cells else aggregate.of_nothing

    def _by_session(self, buckets: Buckets, sessions: list[Session]) -> Buckets:
        """Join buckets whose sessions a late event has joined, and drop those of old sessions."""
        if len(buckets) == 1 and sessions and sessions[-1].started_at in buckets:
            return buckets
        regrouped: Buckets = {}
        for bucket, cell in buckets.items():
            start = start_of(sessions, bucket)
            if start is not None:
                held = regrouped.get(start)
                regrouped[start] = cell if held is None else self.aggregate.merge(held, cell)
        return regrouped


_compiled: dict[str, ComputedTrait] = {}


class Step(NamedTuple):
    """What an event does to one trait; `value` and `bucket` are places in the plan's lists."""

    key: str
    value: int
    bucket: int
    cell: Callable[[int, Any], Cell]
    add: Callable[[Cell, int, Any], Cell]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that events of one name touch; what several traits ask of an event is found once."""

    readers: Sequence[Reader]
    windows: Sequence[Window]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class TraitSet:
    """The live computed traits, and what to do by the name of an event."""

    by_key: Mapping[str, ComputedTrait] = field(default_factory=dict)
    by_event: Mapping[str, Plan] = field(default_factory=dict)
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
        read=_reader(behaviour.aggregate, behaviour.property, behaviour.where),
    )


@lru_cache(maxsize=MOST_COMPILED)
def _reader(aggregate: str, name: str | None, where: Group | None) -> Reader:
    """Return what reads an event's properties; the same one for all who ask for the same."""
    return _guarded(_property(AGGREGATES[aggregate].reads, name), where)


@lru_cache(maxsize=MOST_COMPILED)
def _property(reads: Callable[[Any], Any], name: str | None) -> Reader:
    if name is None:
        return _anything
    if "." not in name:
        return lambda properties: reads(properties.get(name))
    of = property_reader(name)
    return lambda properties: reads(of(properties))


@lru_cache(maxsize=MOST_COMPILED)
def _guarded(read: Reader, where: Group | None) -> Reader:
    if where is None:
        return read
    accepts = compile_filter(where)
    return lambda properties: read(properties) if accepts(properties) else None


def _anything(properties: Mapping[str, Any]) -> bool:
    return True


def trait_set(behaviours: Iterable[Behaviour], *, session_gap: int = 1_800_000) -> TraitSet:
    """Return the behaviours compiled and indexed."""
    by_key = {each.key: computed_trait(each) for each in behaviours}
    by_event: dict[str, list[ComputedTrait]] = {}
    for trait in by_key.values():
        by_event.setdefault(trait.event, []).append(trait)
    plans = {event: _plan(traits) for event, traits in by_event.items()}
    return TraitSet(by_key, plans, session_gap)


def _plan(traits: Sequence[ComputedTrait]) -> Plan:
    readers = list(dict.fromkeys(trait.read for trait in traits))
    windows = list(dict.fromkeys(trait.window for trait in traits))
    steps = [
        Step(
            trait.key,
            readers.index(trait.read),
            windows.index(trait.window),
            trait.aggregate.cell,
            trait.aggregate.add or _adding(trait.aggregate),
        )
        for trait in traits
    ]
    return Plan(readers, windows, steps)


def _adding(aggregate: Aggregate) -> Callable[[Cell, int, Any], Cell]:
    cell, merge = aggregate.cell, aggregate.merge
    return lambda held, at, value: merge(held, cell(at, value))


def decode_state(kept: State) -> Buckets:
    """Return a computed trait's state, which is not to be changed."""
    if isinstance(kept, dict):
        return kept
    buckets: Buckets = _decode(kept)
    return buckets
