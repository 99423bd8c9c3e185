"""The oracle: what a behaviour is, computed from the whole list of events with no cleverness."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from math import floor
from typing import Any

from personalize.events.event import Event
from personalize.profile.profile import Profile
from personalize.profile.sessions import current
from personalize.profile.traits import computed_trait, decode_state
from personalize.rules.syntax import Behaviour
from personalize.rules.typed import typed

GAP = 1_800_000
DAY = 86_400_000
GRANULES = [n * 60_000 for n in (1, 5, 15, 60, 180, 360, 720, 1_440, 10_080, 43_200)]
UNITS = {"m": 60_000, "h": 3_600_000, "d": DAY}
OF_NOTHING = {"count": 0, "sum": 0, "distinct": 0, "days_active": 0}


def event(at: int, *, name: str = "Viewed", number: Any = None, **properties: Any) -> Event:
    """Return a track event of the visitor."""
    return Event(
        type="track",
        event=name,
        message_id=str(number if number is not None else random.getrandbits(64)),
        timestamp=at,
        received_at=at,
        anonymous_id="visitor",
        properties=properties,
    )


def expected(behaviour: Behaviour, events: Iterable[Event], *, now: int) -> Any:
    """Return the aggregate at `now` over the distinct events."""
    distinct = list({each.message_id: each for each in events}.values())
    counted = [
        each
        for each in within(behaviour, distinct, now=now)
        if each.event == behaviour.event
        and (behaviour.property is None or each.properties.get(behaviour.property) is not None)
    ]
    if not counted:
        return OF_NOTHING.get(behaviour.aggregate)
    times = [each.timestamp for each in counted]
    values = [each.properties.get(behaviour.property or "") for each in counted]
    return _aggregated(behaviour.aggregate, times, values, now)


def within(behaviour: Behaviour, events: Sequence[Event], *, now: int) -> list[Event]:
    """Return the events in the behaviour's window at `now`, by the definition."""
    window = behaviour.window
    if window is None:
        return list(events)
    if window == "session":
        return _last_session(events, now)
    length = int(window[:-1]) * UNITS[window[-1]]
    by_day = behaviour.aggregate == "days_active"
    granule = DAY if by_day else next(g for g in GRANULES if length <= 64 * g)
    oldest = now // granule - -(-length // granule)
    return [each for each in events if each.timestamp // granule > oldest]


def actual(behaviour: Behaviour, profile: Profile, *, now: int) -> Any:
    """Return what the profile knows of the behaviour at `now`."""
    trait = computed_trait(behaviour)
    raw = profile.computed.get(trait.key)
    session = current(profile.sessions, now=now, gap=GAP)
    buckets = decode_state(raw) if raw else {}
    return trait.value(buckets, session=session, now=now)


def _last_session(events: Sequence[Event], now: int) -> list[Event]:
    found: list[Event] = []
    for each in sorted(events, key=lambda each: each.timestamp):
        if found and each.timestamp - found[-1].timestamp > GAP:
            found = []
        found.append(each)
    return found if found and now - found[-1].timestamp <= GAP else []


def _aggregated(aggregate: str, times: list[int], values: list[Any], now: int) -> Any:
    pairs = sorted(zip(times, map(typed, values), values, strict=True))
    counts = Counter(values)
    return {
        "count": lambda: len(times),
        "sum": lambda: sum(floor(value * 1e6 + 0.5) for value in values) / 1_000_000,
        "min": lambda: min(values),
        "max": lambda: max(values),
        "average": lambda: sum(floor(v * 1e6 + 0.5) for v in values) / 1_000_000 / len(values),
        "distinct": lambda: len(set(values)),
        "first": lambda: pairs[0][2],
        "last": lambda: pairs[-1][2],
        "top": lambda: min(counts, key=lambda value: (-counts[value], typed(value))),
        "days_active": lambda: len({at // DAY for at in times}),
        "seconds_since_last": lambda: max(0, now - max(times)) // 1_000,
        "seconds_since_first": lambda: max(0, now - min(times)) // 1_000,
    }[aggregate]()
