"""Random histories of a site's visitors, folded into profiles and written as rows of the lake."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pyarrow as pa

from personalize.events.event import CALL_NAMES, Event
from personalize.lake.batch import batch_of
from personalize.lake.row import decode_rows, encode_rows
from personalize.lake.schema import SCHEMA
from personalize.profile.fold import fold, is_visit
from personalize.profile.profile import Profile, encode
from personalize.profile.traits import TraitSet

NOW = 1_790_000_000_000
GAP = 1_800_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
AGES = [0, 1, 30_000, MINUTE, 29 * MINUTE, 31 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 8 * DAY]
AGES += [40 * DAY, 400 * DAY, -2 * MINUTE]
NAMES = ["Product Viewed", "Order Completed", "Page Viewed"]
VALUES: list[Any] = [
    0,
    1,
    2,
    2.5,
    7,
    -1,
    5.0,
    0.1,
    1e12,
    10**12 + 1,
    "a",
    "b",
    "ab",
    "vip",
    "",
    "é",
]
VALUES += ["a" * 200, "a" * 128 + "b", True, False, None, ["a", 1], ["ab", True, None], {"a": 1}]


@dataclass
class Person:
    """A subject on the way through the pipeline: the profile so far, and what was seen."""

    profile: Profile
    seen: set[str] = field(default_factory=set)


@dataclass
class Site:
    """Visitors' profiles and the rows of the lake, made of the same events in the same order."""

    traits: TraitSet
    people: dict[str, Person] = field(default_factory=dict)
    rows: list[pa.RecordBatch] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=dict)
    sequence: int = 0

    def take(self, event: Event, *, now: int = NOW) -> None:
        """Let an event take effect as the pipeline does: once, a linked visitor's for the user."""
        person = self.people.setdefault(event.subject, Person(Profile(event.subject)))
        if event.message_id in person.seen:
            return
        person.seen.add(event.message_id)
        if event.type == "link":
            self._link(event, person, now)
        elif person.profile.merged_into:
            user_id = person.profile.merged_into.removeprefix("u:")
            self.take(_changed(event, user_id=user_id), now=now)
        else:
            person.profile = fold(person.profile, [event], traits=self.traits, now=now)
            self.events.setdefault(event.subject, []).append(event)
            self._write(event)

    def table(self) -> pa.Table:
        """Return the rows as the lake keeps them."""
        return pa.Table.from_batches(self.rows, schema=SCHEMA)

    def living(self) -> dict[str, Profile]:
        """Return the profiles of people: neither bots nor part of a user."""
        profiles = {subject: person.profile for subject, person in self.people.items()}
        return {s: p for s, p in profiles.items() if not p.is_bot and not p.merged_into}

    def has_plain_sessions(self, subject: str) -> bool:
        """Return whether no event came after two newer sessions had begun."""
        times = sorted(e.timestamp for e in self.events.get(subject, []) if _is_seen(e))
        starts = [b for a, b in zip([-(10**15), *times], times, strict=False) if b - a > GAP]
        profile = self.people[subject].profile
        kept = [session.started_at for session in profile.sessions[-1:]]
        return profile.session_count == len(starts) and kept == starts[-1:]

    def _link(self, event: Event, person: Person, now: int) -> None:
        if person.profile.merged_into:
            return
        self._write(event)
        user_id = event.properties["user_id"]
        merge = Event(
            type="merge",
            event=CALL_NAMES["merge"],
            message_id=f"merge:{event.message_id}",
            timestamp=event.timestamp,
            received_at=event.received_at,
            anonymous_id=event.anonymous_id,
            user_id=user_id,
            source="system",
            properties={"profile": encode(person.profile)},
        )
        user = self.people.setdefault(f"u:{user_id}", Person(Profile(f"u:{user_id}")))
        user.seen |= person.seen
        given = self.events.pop(event.subject, [])
        self.take(merge, now=now)
        self.events.setdefault(f"u:{user_id}", [])[:0] = given
        person.profile.merged_into = f"u:{user_id}"

    def _write(self, event: Event) -> None:
        self.sequence += 1
        field = encode_rows([event])
        self.rows.append(batch_of(list(decode_rows(field, shard=0, sequence=self.sequence))))


def _is_seen(event: Event) -> bool:
    return event.type not in {"link", "merge"} and not event.bot and is_visit(event)


def _changed(event: Event, **changes: Any) -> Event:
    from msgspec.structs import replace

    return replace(event, **changes)


def a_site(random: Random, *, traits: TraitSet, visitors: int, events: int) -> Site:
    """Return a site whose visitors did random things: late, twice, in sessions, with log-ins."""
    site = Site(traits)
    for number in range(visitors):
        did = [_event(random, f"v{number}", index) for index in range(random.randrange(events))]
        did += random.choices(did, k=2) if did else []
        if random.random() < 0.3:
            did.insert(random.randrange(len(did) + 1), _link(f"v{number}", random.choice("12")))
        for event in _arrived(random, did):
            site.take(event)
    return site


def _arrived(random: Random, events: Iterable[Event]) -> list[Event]:
    """Return the events in time, in time but for some, or in any order."""
    order = random.choice(["time", "nearly", "any"])
    late = {"time": 0, "nearly": 20 * MINUTE, "any": 500 * DAY}[order]
    links = CALL_NAMES["link"]
    return sorted(
        events,
        key=lambda event: (
            NOW if event.event == links else event.timestamp + random.randint(0, late)
        ),
    )


def _event(random: Random, visitor: str, number: int) -> Event:
    kind = random.choice(["track"] * 6 + ["page"] * 3 + ["identify"] * 2 + ["screen"])
    is_server = random.random() < 0.15
    at = NOW - random.choice(AGES) - random.choice([0, 0, 1, MINUTE, 10 * MINUTE, 25 * MINUTE])
    return Event(
        type=kind,
        event=random.choice(NAMES) if kind == "track" else CALL_NAMES[kind],
        message_id=f"{visitor}-{number}",
        timestamp=at,
        received_at=at,
        anonymous_id=visitor,
        user_id=random.choice("12") if random.random() < 0.05 else "",
        source="shop" if is_server else "browser",
        bot="ua" if random.random() < 0.1 else "",
        properties=_some(random, ["price", "plan", "age", "tags", "address.city", "path"])
        | random.choice([{}, {"address": {"city": random.choice(VALUES)}}]),
        traits=_some(random, ["plan", "age", "tags", "address.city"]) if kind == "identify" else {},
        context={} if is_server else _context(random),
    )


def _some(random: Random, names: list[str]) -> dict[str, Any]:
    return {name: random.choice(VALUES) for name in names if random.random() < 0.6}


def _context(random: Random) -> dict[str, Any]:
    texts = ["device", "browser", "country", "referrer", "utm_source"]
    found: dict[str, Any] = {name: random.choice(["a", "b", "ab", "é"]) for name in texts}
    found |= {"path": random.choice(["/a", "/b", ""]), "hour": random.choice([0, 2, 7])}
    found |= {"logged_in": random.random() < 0.5, "is_bot": False}
    return {name: value for name, value in found.items() if random.random() < 0.8}


def _link(visitor: str, user_id: str) -> Event:
    return Event(
        type="link",
        event=CALL_NAMES["link"],
        message_id=f"link-{visitor}",
        timestamp=NOW,
        received_at=NOW,
        anonymous_id=visitor,
        source="system",
        properties={"user_id": user_id, "proof": "login"},
    )
