"""Segments kept up to date: who entered and left, and when time alone may change that.

Pages ask rules at the moment of the request; this is the record beside it, for people, reports and
what is to happen on entry and exit.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Set
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from django.db import transaction
from msgspec.structs import replace
from redis.exceptions import RedisError

from personalize import metrics
from personalize.connections import collect_redis, worker_redis
from personalize.events.event import CALL_NAMES, Event
from personalize.keys import SHARDS, dirty_key, due_key, shard_of
from personalize.models.visitor import Visitor
from personalize.profile.aggregates import CLOCKS
from personalize.profile.profile import Profile
from personalize.profile.traits import ComputedTrait, computed_trait
from personalize.segment.compiled import SegmentSet, asked_behaviours
from personalize.segment.facts import VisitorFacts
from personalize.stream.doorbell import accept

SUBJECTS_AT_ONCE = 1_000
EVERYBODY_KEY = "px:refresh"


class Transition(NamedTuple):
    """A visitor's entry to or exit from a segment; times in milliseconds."""

    subject: str
    segment: str
    entered_at: int
    exited_at: int | None = None


class Watched(NamedTuple):
    """A computed trait that segments ask for; `thresholds` are what a running clock crosses."""

    trait: ComputedTrait
    thresholds: tuple[float, ...] = ()


def watched(segments: SegmentSet) -> dict[str, Watched]:
    """Return the traits, by key, whose change by time alone can move a visitor elsewhere."""
    found = {}
    for behaviour, numbers in asked_behaviours(segments).items():
        is_clock = behaviour.aggregate in CLOCKS
        if behaviour.window or is_clock:
            thresholds = tuple(sorted(numbers)) if is_clock else ()
            found[behaviour.key] = Watched(computed_trait(behaviour), thresholds)
    return found


def refreshed(
    facts: VisitorFacts, *, segments: SegmentSet, now: int, touched: Set[str] | None = None
) -> tuple[Profile, list[Transition]]:
    """Return the profile with its segments as they are at `now`, and what changed.

    A bot belongs nowhere. A rule that fails leaves the visitor where they were. Where `touched` has
    the traits that changed, segments that ask for none of them are not looked at.
    """
    profile = facts.profile
    belongs = set() if profile.is_bot else _belonging(facts, segments, touched)
    if belongs == profile.segments.keys():
        return profile, []
    subject = profile.subject
    entered = [Transition(subject, slug, now) for slug in sorted(belongs - profile.segments.keys())]
    exited = [
        Transition(subject, slug, at, now)
        for slug, at in sorted(profile.segments.items())
        if slug not in belongs
    ]
    memberships = {slug: profile.segments.get(slug, now) for slug in sorted(belongs)}
    return replace(profile, segments=memberships), [*exited, *entered]


def taken_over(before: Profile, after: Profile) -> list[Transition]:
    """Return the stays that a hand-over brought: they are recorded, and nobody has entered.

    A stay that began earlier, in the other profile, stands for the one known, which becomes none.
    """
    if before.segments is after.segments or before.segments == after.segments:
        return []
    subject, known = after.subject, before.segments
    moved = {slug: at for slug, at in after.segments.items() if known.get(slug) != at}
    replaced = [slug for slug in moved if slug in known]
    return [
        *(Transition(subject, slug, known[slug], known[slug]) for slug in replaced),
        *(Transition(subject, slug, at) for slug, at in moved.items()),
    ]


def next_change(
    facts: VisitorFacts,
    *,
    watch: Mapping[str, Watched],
    gap: int,
    now: int,
    touched: Set[str] | None = None,
) -> int | None:
    """Return the next moment at which a watched trait changes without an event, or None.

    `gap` is the length of the pause that ends a session. All in milliseconds. Where `touched` has
    the traits that changed, the moment known before stands for the others.
    """
    profile, is_in_session = facts.profile, False
    moments = [profile.due_at] if touched is not None else []
    for key in profile.computed.keys() & watch.keys():
        trait, thresholds = watch[key]
        if trait.window.is_session:
            is_in_session = True
        elif touched is None or key in touched:
            state = facts.state(key)
            moments.append(trait.window.next_change(state, now=now) or 0)
            if thresholds:
                moments += _crossings(thresholds, trait.value(state, session=None, now=now), now)
    if is_in_session and profile.sessions:
        moments.append(profile.sessions[-1].last_at + gap + 1)
    return min((moment for moment in moments if moment > now), default=None)


def due_ticks(*, now: int, limit: int) -> list[Event]:
    """Return a tick for every subject whose time has come, the longest due first.

    Two callers make the same ticks, which count once: the message id is made of what is due.
    """
    pipeline = worker_redis().pipeline(transaction=False)
    for shard in range(SHARDS):
        pipeline.zrangebyscore(due_key(shard), "-inf", now, start=0, num=limit, withscores=True)
    due = sorted((item for some in pipeline.execute() for item in some), key=lambda item: item[1])
    return [_tick(subject.decode(), int(score), now) for subject, score in due[:limit]]


def done_ticks(ticks: Iterable[Event]) -> None:
    """Take the ticks' subjects off the list, unless something new was put on it meanwhile."""
    pipeline = worker_redis().pipeline(transaction=False)
    for tick in ticks:
        key = due_key(shard_of(tick.subject))
        pipeline.eval(_REMOVE, 1, key, tick.subject, tick.properties["due"])
    pipeline.execute()


def ask_for_everybody(sender: Any = None, **_: Any) -> None:
    """Receive a changed segment: when it is committed, everybody is to be looked at again."""
    transaction.on_commit(_ask_quietly)


def refresh_if_asked(*, now: int) -> int:
    """Look at everybody, once for all that have asked. Returns how many they are.

    The wish is forgotten when it is fulfilled, unless somebody has asked again meanwhile.
    """
    asked: Any = worker_redis().get(EVERYBODY_KEY)
    if not asked:
        return 0
    number = refresh_everybody(asked=int(asked), now=now)
    worker_redis().eval(_FORGET, 1, EVERYBODY_KEY, asked)
    return number


def refresh_everybody(*, asked: int, now: int) -> int:
    """Send a tick to every known visitor: a segment's rule has changed. Returns how many they are.

    Ticks rather than due dates, which a batch by the rules of before might overwrite.
    """
    number = 0
    for batch in _batches(_everybody()):
        accept([_tick(subject, asked, now) for subject in batch])
        number += len(batch)
    return number


def look_again(subjects: Iterable[str], *, now: int) -> None:
    """Send a tick to each of the subjects: their profiles were made anew."""
    for batch in _batches(subjects):
        accept([_tick(subject, now, now) for subject in batch])


def _everybody() -> Iterator[str]:
    """Yield those not flushed yet first: who is flushed meanwhile is found among the rows."""
    client = worker_redis()
    fresh = {
        member.decode()
        for shard in range(SHARDS)
        for key in (dirty_key(shard), f"{dirty_key(shard)}:flushing")
        for member in client.sscan_iter(key, count=SUBJECTS_AT_ONCE)
    }
    yield from fresh
    flushed = Visitor.objects.filter(is_bot=False).values_list("subject", flat=True)
    for subject in flushed.iterator(chunk_size=SUBJECTS_AT_ONCE):
        if subject not in fresh:
            yield subject


_FORGET = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
_REMOVE = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if due and tonumber(due) == tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
"""


def _ask_quietly() -> None:
    """A saved segment stands even when Redis is down; visitors move at their next event."""
    try:
        collect_redis().set(EVERYBODY_KEY, time.time_ns() // 1_000)
    except (RedisError, OSError):
        metrics.count("segment.refresh_failed")


def _belonging(facts: VisitorFacts, segments: SegmentSet, touched: Set[str] | None) -> set[str]:
    belongs: set[str] = set()
    known, computed = facts.profile.segments, facts.profile.computed.keys()
    for slug, segment in segments.by_slug.items():
        if touched is not None and segment.asks is not None and segment.asks.isdisjoint(touched):
            is_member = slug in known
        else:  # what a segment needs is looked at here as well: most ask for no more
            is_member = computed >= segment.needs and _belongs(facts, slug)
        if is_member:
            belongs.add(slug)
    return belongs


def _belongs(facts: VisitorFacts, slug: str) -> bool:
    try:
        return facts.in_segment(slug)
    except Exception:  # noqa: BLE001 - one rule must not keep a partition from its events
        metrics.count("segment.rule_failed")
        return slug in facts.profile.segments


def _crossings(thresholds: Iterable[float], seconds: int | None, now: int) -> list[int]:
    """Return when a count of whole seconds reaches, and when it passes, each threshold."""
    if seconds is None:
        return []
    wholes = [int(each) for each in thresholds if each > seconds - 1]
    steps = [*wholes, *(whole + 1 for whole in wholes)]
    return [now + (step - seconds) * 1_000 for step in steps if step > seconds]


def _tick(subject: str, due: int, now: int) -> Event:
    kind, _, identifier = subject.partition(":")
    ids: Mapping[str, str] = {"user_id" if kind == "u" else "anonymous_id": identifier}
    digest = blake2b(f"{subject} {due}".encode(), digest_size=12).hexdigest()
    return msgspec.convert(
        {
            "type": "tick",
            "event": CALL_NAMES["tick"],
            "messageId": f"tick:{digest}",
            "timestamp": now,
            "receivedAt": now,
            "userId": ids.get("user_id", ""),
            "anonymousId": ids.get("anonymous_id", ""),
            "source": "system",
            "properties": {"due": due},
        },
        Event,
    )


def _batches(subjects: Iterable[str]) -> Iterable[list[str]]:
    left = iter(subjects)
    while batch := list(islice(left, SUBJECTS_AT_ONCE)):
        yield batch
