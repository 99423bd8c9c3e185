"""The background's flow, top to bottom: believe, fold, place in segments, save, tell.

`process` is one batch; `drain` reads a partition in batches until nothing is left. Whatever dies
when, each event counts once: a subject's changes are one write that carries the stream position,
and nothing is acknowledged before it is written.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from personalize import metrics
from personalize.clean.clean import clean
from personalize.clean.erased import without_erased
from personalize.clean.validate import fault_of
from personalize.collect.context import enrich
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.measure import tally
from personalize.measure.exposures import EXPOSURES
from personalize.measure.quarantine import Reject, quarantine
from personalize.profile import links, seen, store
from personalize.profile.fold import SYSTEM, fold
from personalize.profile.isolate import UNAVAILABLE, isolating
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, Stored
from personalize.profile.timeline import Moment, moment_of
from personalize.segment import memberships
from personalize.segment.configuration import Configuration, current_configuration
from personalize.segment.facts import VisitorFacts
from personalize.segment.refresh import Transition, next_change, refreshed, taken_over
from personalize.stream.doorbell import accept, ring
from personalize.stream.protocol import Entry, Stream, StreamUnavailable, current_stream

log = logging.getLogger(__name__)

BATCH = 500
DELIVERIES_TOGETHER = 2  # after this many, entries are tried one by one
ATTEMPTS_ALONE = 3  # after this many, the one entry that ends its worker goes to quarantine
DRAIN_SECONDS = 5.0  # then it is another partition's turn


class Arrival(NamedTuple):
    """An event on its way through a batch, with where and as what it came in."""

    event: Event
    entry: Entry


@dataclass(slots=True)
class Outcome:
    """What a batch came to."""

    entries: int = 0
    saved: int = 0
    quarantined: int = 0
    transitions: list[Transition] = field(default_factory=list)


@dataclass(slots=True)
class Work:
    """One subject's share of a batch while it is being done."""

    profile: Profile
    seen: Seen
    position: str
    fresh: list[Arrival] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    emitted: list[Event] = field(default_factory=list)
    linked: list[Event] = field(default_factory=list)
    quiet: list[Transition] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def count(self, metric: str, *, at: int, key: str = "") -> None:
        """Count one more of a metric, to be written along with the profile."""
        name = tally.tally_field(metric, at=at, key=key)
        self.counts[name] = self.counts.get(name, 0) + 1


def process(
    entries: Sequence[Entry],
    *,
    partition: int,
    configuration: Configuration | None = None,
    now: int | None = None,
) -> Outcome:
    """Let a batch of entries of one partition, in order, take effect once.

    An event that fails goes to quarantine, its neighbours go on. Raises what `UNAVAILABLE` lists
    when a server does not answer: then nothing may be
    acknowledged, and all of it is to be repeated.
    """
    conf = configuration or current_configuration()
    now = time.time_ns() // 1_000_000 if now is None else now
    rejects: list[Reject] = []
    arrivals = _wanted(believed(entries, rejects), conf.blocked)
    by_subject: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_subject.setdefault(arrival.event.subject, []).append(arrival)
    stored = store.load(list(by_subject), partition=partition)
    works = [
        work
        for subject, arrived in by_subject.items()
        if (work := _worked(subject, arrived, stored[subject], conf, now))
    ]
    for work in works:
        rejects += work.rejects
    quarantine(rejects, partition=partition)
    links.log_links(link for work in works for link in work.linked)
    # Before the saves: after a crash in between they are sent again, and known by their ids.
    accept([event for work in works for event in work.emitted])
    saved = store.save([_change(work) for work in works], partition=partition)
    transitions = [
        move for work, done in zip(works, saved, strict=True) if done for move in work.transitions
    ]
    memberships.announce(transitions)
    return Outcome(len(entries), sum(saved), len(rejects), transitions)


def believed(entries: Sequence[Entry], rejects: list[Reject]) -> list[Arrival]:
    """Return the events to process: decoded, not of the erased, cleaned and enriched."""
    arrivals = [Arrival(entry.event, entry) for entry in entries if entry.event]
    rejects += [Reject(entry, "undecodable") for entry in entries if not entry.event]
    living = {id(event) for event in without_erased([each.event for each in arrivals])}
    arrivals = [each for each in arrivals if id(each.event) in living]
    system = [each for each in arrivals if each.event.type in SYSTEM]
    clients = [each for each in arrivals if each.event.type not in SYSTEM]
    clients = isolating(lambda some: _cleaned(some, rejects), clients, failed=_rejecting(rejects))
    system = [each for each in system if not _is_faulty(each, rejects)]
    if not system:
        return clients
    return sorted([*system, *clients], key=lambda arrival: arrival.entry.position)


def _wanted(arrivals: list[Arrival], blocked: frozenset[str]) -> list[Arrival]:
    """Leave out what clients send under the names that an editor has blocked."""
    if not blocked:
        return arrivals
    wanted = [
        each for each in arrivals if each.event.event not in blocked or each.event.type in SYSTEM
    ]
    metrics.count("pipeline.blocked", len(arrivals) - len(wanted))
    return wanted


def _is_faulty(arrival: Arrival, rejects: list[Reject]) -> bool:
    fault = fault_of(arrival.event)
    rejects += [Reject(arrival.entry, "invalid", fault)] if fault else []
    return bool(fault)


def _rejecting(rejects: list[Reject]) -> Callable[[Arrival, Exception], None]:
    return lambda arrival, error: rejects.append(failed(arrival.entry, error))


def failed(entry: Entry, error: Exception) -> Reject:
    """Return what quarantine is told of an event that raised."""
    return Reject(entry, "failed", f"{type(error).__name__}: {error}"[:500])


def _cleaned(arrivals: Sequence[Arrival], rejects: list[Reject]) -> list[Arrival]:
    cleaned = clean([arrival.event for arrival in arrivals])
    refused = {reject.index for reject in cleaned.rejects}
    kept = [each.entry for index, each in enumerate(arrivals) if index not in refused]
    enriched = [
        Arrival(enrich(event), entry) for event, entry in zip(cleaned.events, kept, strict=True)
    ]
    rejects += [  # last, since a step that fails is done again
        Reject(arrivals[reject.index].entry, reject.reason, reject.detail)
        for reject in cleaned.rejects
    ]
    return enriched


def _worked(
    subject: str, arrivals: Sequence[Arrival], stored: Stored, conf: Configuration, now: int
) -> Work | None:
    """Return what the arrivals do to the subject, or None when all was done before."""
    todo = [each for each in arrivals if each.entry.position > stored.position]
    only_ticks = all(each.event.type == "tick" for each in todo)
    if not todo or (stored.profile is None and only_ticks):
        return None
    work = Work(stored.profile or empty_profile(subject), stored.seen, todo[-1].entry.position)
    for arrival in todo:
        event = arrival.event
        if not work.seen.is_new(event.message_id, received_at=event.received_at):
            work.count(tally.DUPLICATES, at=event.timestamp)
        elif event.type == "link":
            _fold(work, conf, now)
            _link(work, arrival)
        elif work.profile.merged_into and event.type not in SYSTEM:
            user_id = work.profile.merged_into.removeprefix("u:")
            work.emitted.append(links.forwarded(_as_received(arrival), user_id=user_id))
        else:
            work.fresh.append(arrival)
    _fold(work, conf, now)
    if not work.profile.merged_into:
        is_plain = all(each.event.type not in SYSTEM for each in todo)
        is_placed = stored.profile and stored.profile.placed_at_version == conf.version
        is_known = is_plain and is_placed
        _place(work, _touched(stored.profile, work.profile, now) if is_known else None, conf, now)
    return work


def _touched(before: Profile | None, after: Profile, now: int) -> set[str] | None:
    """Return the traits that changed; None when everything is to be looked at."""
    if before is None or not before.events or after.is_bot or 0 < before.due_at <= now:
        return None
    old, fresh = before.computed, after.computed
    changed = {key for key, raw in fresh.items() if old.get(key) is not raw}
    return changed | (old.keys() - fresh.keys())


def empty_profile(subject: str) -> Profile:
    """Return the profile of a subject of whom nothing is known."""
    kind, _, identifier = subject.partition(":")
    if kind == "u":
        return Profile(subject, user_id=identifier)
    return Profile(subject, anonymous_id=identifier)


def _fold(work: Work, conf: Configuration, now: int) -> None:
    """Fold what has gathered; events that fail are left out, one by one."""
    if not work.fresh:
        return
    arrivals, work.fresh = work.fresh, []
    before = work.profile

    def step(some: Sequence[Arrival]) -> list[Arrival]:
        events = [arrival.event for arrival in some]
        work.profile = fold(work.profile, events, traits=conf.traits, now=now)
        return list(some)

    for arrival in isolating(step, arrivals, failed=_rejecting(work.rejects)):
        _note(work, arrival.event)
    work.quiet += taken_over(before, work.profile)
    if not before.events and work.profile.events:
        work.count(tally.NEW_VISITORS, at=work.profile.first_seen_at)


def _note(work: Work, event: Event) -> None:
    """Write an event that took effect to the timeline and the counts."""
    if event.type == "tick":
        return
    work.moments.append(moment_of(event))
    if event.type == "merge":
        work.seen.add_all(seen.decode(event.properties["seen"]))
        return
    if event.bot:
        work.count(tally.BOTS, at=event.timestamp)
        return
    metric = tally.EXPOSURES if event.event in EXPOSURES else tally.EVENTS
    work.count(metric, at=event.timestamp, key=event.event)


def _link(work: Work, arrival: Arrival) -> None:
    """Hand the profile over to the user, or take the mark away again."""
    link, profile = arrival.event, work.profile
    if link.properties.get("undo"):
        profile.merged_into = ""
        work.quiet += taken_over(replace(profile, segments={}), profile)
        return
    if profile.merged_into or profile.user_id or not links.user_of(link):
        return
    position = arrival.entry.position
    work.emitted.append(links.merge_event(link, profile=profile, seen=work.seen, position=position))
    work.linked.append(link)
    profile.merged_into = f"u:{links.user_of(link)}"


def _as_received(arrival: Arrival) -> Event:
    return arrival.entry.event or arrival.event


def _place(work: Work, touched: set[str] | None, conf: Configuration, now: int) -> None:
    """Put the visitor into the segments where they belong now."""
    profile = work.profile
    facts = VisitorFacts(profile, context=profile.context, segments=conf.segments, now=now)
    gap, segments = conf.traits.session_gap, conf.segments
    due_at = next_change(facts, watch=conf.watch, gap=gap, now=now, touched=touched)
    profile, work.transitions = refreshed(facts, segments=segments, now=now, touched=touched)
    work.profile = replace(profile, due_at=due_at or 0, placed_at_version=conf.version)
    for move in work.transitions:
        is_entry = move.exited_at is None
        name = "Segment Entered" if is_entry else "Segment Exited"
        metric = tally.ENTERED if is_entry else tally.EXITED
        work.moments.append(Moment(now, name, {"segment": move.segment}))
        work.count(metric, at=now, key=move.segment)


def _change(work: Work) -> Change:
    return Change(
        profile=work.profile,
        seen=work.seen,
        position=work.position,
        moments=work.moments,
        due_at=work.profile.due_at or None,
        tally=work.counts,
        moves=[memberships.encode(move) for move in [*work.quiet, *work.transitions]],
    )


def drain(partition: int) -> int:
    """Process the partition until nothing waits and return how many entries that were.

    Does nothing while somebody else owns it. After `DRAIN_SECONDS` it rings for what is left, and
    leaves it to the next turn. When a server does not answer nothing is acknowledged; beat rings
    again in a few seconds.
    """
    stream, number = current_stream(), 0
    ends_at = time.monotonic() + DRAIN_SECONDS
    while stream.own(partition):
        try:
            with _collector_paused():
                while time.monotonic() < ends_at and (done := _batch(stream, partition)):
                    number += done
        except UNAVAILABLE as error:
            metrics.count("pipeline.unavailable")
            log.warning("Partition %d waits: %s", partition, type(error).__name__)
            _leave(stream, partition)
            return number
        if not _leave(stream, partition):
            break
        if time.monotonic() >= ends_at:
            ring([partition])
            break
    return number


def _batch(stream: Stream, partition: int) -> int:
    entries = stream.read(partition, limit=BATCH)
    if entries and stream.own(partition):
        _settle(stream, partition, entries)
        return len(entries)
    return 0


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Search for no cycles during a drain: it makes none, and the search takes a sixth of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _settle(stream: Stream, partition: int, entries: Sequence[Entry]) -> None:
    """Process and acknowledge; what raises, or has ended its workers, is tried entry by entry."""
    if entries[0].deliveries <= DELIVERIES_TOGETHER:
        try:
            process(entries, partition=partition)
        except UNAVAILABLE:
            raise
        except Exception:
            log.exception("Partition %d: entries are tried one by one", partition)
        else:
            stream.acknowledge(partition, [entry.position for entry in entries])
            return
    attempts = f"px:{{{partition}}}:attempts"
    for entry in entries:
        _settle_alone(entry, partition, attempts)
        stream.acknowledge(partition, [entry.position])
        stream.own(partition)
    worker_redis().delete(attempts)


def _settle_alone(entry: Entry, partition: int, attempts: str) -> None:
    """Process one entry, or put it into quarantine: only what it does itself counts against it."""
    if worker_redis().hincrby(attempts, entry.position, 1) > ATTEMPTS_ALONE:
        quarantine([Reject(entry, "ends_worker")], partition=partition)
        return
    try:
        process([entry], partition=partition)
    except UNAVAILABLE:
        worker_redis().hincrby(attempts, entry.position, -1)
        raise
    except Exception as error:
        log.exception("Partition %d: an entry failed", partition)
        quarantine([failed(entry, error)], partition=partition)


def _leave(stream: Stream, partition: int) -> bool:
    """Give up the partition; True when something came in meanwhile."""
    try:
        return stream.release(partition)
    except StreamUnavailable:
        return False  # the lock runs out by itself
