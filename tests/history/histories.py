"""Random events of visitors, some late, doubled, of bots or after a log-in; and what they count.

The oracle is a twin: a trait that counts the same under another key, from the start.
"""

from random import Random
from typing import Any

from msgspec.structs import replace

from personalize.events.event import CALL_NAMES, Event
from personalize.profile import store
from personalize.profile.profile import Profile
from personalize.profile.traits import computed_trait, decode_state
from personalize.rules.syntax import Behaviour, Group, Leaf
from personalize.segment.intern import intern_behaviours
from tests.streamed import drain_all, now, send, view

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
CHEAP = Leaf("price", "<", 6, None)
COUNTED = [
    ("Viewed", "count", None, None, CHEAP),
    ("Viewed", "sum", "1d", "price", None),
    ("Viewed", "distinct", "5h", "price", None),
    ("Viewed", "top", None, "price", None),
    ("Viewed", "first", None, "price", None),
    ("Viewed", "last", "1d", "price", None),
    ("Viewed", "days_active", "30d", None, None),
    ("Viewed", "seconds_since_first", None, None, None),
    ("Page Viewed", "count", "session", None, None),
    ("Viewed", "max", "session", "price", None),
]


def behaviours(twin: int) -> list[Behaviour]:
    """Return behaviours that count the same for every twin, each in traits of its own."""
    nobody = Leaf("price", "!=", -twin, None)
    return [
        Behaviour(*what, Group(rules=(nobody, also) if also else (nobody,)))
        for *what, also in COUNTED
    ]


def count_from_now_on(*asked: Behaviour) -> list[str]:
    """Save the behaviours as an editor's rule would, and return the keys of their traits."""
    intern_behaviours(Group(rules=tuple(Leaf("behaviour", "notNull", None, b) for b in asked)))
    store.bump_plan_version()
    return [each.key for each in asked]


def history(random: Random, *, visitors: int, events: int, first: int = 0) -> list[Event]:
    """Return events of visitors in the order in which they arrive."""
    at = now()
    found: list[Event] = []
    for number in range(events):
        visitor = f"v{random.randrange(visitors)}"
        found.append(_event(random, visitor, first + number, at))
        if random.random() < 0.06:
            found.append(_link(visitor, first + number, random.choice("123"), at))
        if random.random() < 0.08:
            found.append(random.choice(found))
    return found


def _event(random: Random, visitor: str, number: int, at: int) -> Event:
    ages = [0, MINUTE, 20 * MINUTE, 40 * MINUTE, 3 * HOUR, DAY]
    kind = random.choice(["track"] * 4 + ["page", "identify"])
    user_id = random.choice("123") if random.random() < 0.1 else ""
    event = view(
        number,
        type=kind,
        event="Viewed" if kind == "track" else CALL_NAMES[kind],
        anonymous_id=visitor,
        user_id=user_id,
        timestamp=at - random.choice(ages) - random.randrange(10 * MINUTE),
        properties={"price": random.choice([1, 2.5, 7, 10])} if kind == "track" else {},
        traits={"plan": random.choice(["free", "paid", None])} if kind == "identify" else {},
        bot="crawler" if random.random() < 0.05 else "",
    )
    if random.random() < 0.6:  # seen by the visitor's own browser
        event = replace(event, context={**event.context, "device": random.choice(["a", "b"])})
    return event


def _link(visitor: str, number: int, user_id: str, at: int) -> Event:
    return view(
        number,
        type="link",
        event="Identity Linked",
        anonymous_id=visitor,
        source="system",
        message_id=f"link-{visitor}-{number}",
        timestamp=at,
        properties={"user_id": user_id, "proof": "login"},
    )


def take(events: list[Event], *, at_once: int = 40) -> None:
    """Send the events some at a time, and let all of them take effect."""
    for start in range(0, len(events), at_once):
        send(*events[start : start + at_once])
        drain_all()
    drain_all()


def subjects(visitors: int) -> list[str]:
    """Return the subjects of a history."""
    return [*(f"a:v{number}" for number in range(visitors)), "u:1", "u:2", "u:3"]


def counted(twin: int, *, visitors: int, at: int) -> dict[str, list[Any]]:
    """Return what is counted of everybody: values, and states without what no longer counts."""
    profiles = store.read_profiles(subjects(visitors))
    return {each.subject: [_counted(each, b, at) for b in behaviours(twin)] for each in profiles}


def _counted(profile: Profile, behaviour: Behaviour, at: int) -> Any:
    trait, kept = computed_trait(behaviour), profile.computed.get(behaviour.key)
    buckets = decode_state(kept) if kept else {}
    tidied = trait.tidied(buckets, sessions=profile.sessions, now=at) if buckets else {}
    session = profile.sessions[-1] if profile.sessions else None
    return trait.value(tidied, session=session, now=at), tidied
