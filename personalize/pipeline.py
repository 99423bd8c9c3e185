"""The background's flow, top to bottom: believe, fold, place in segments, save, tell.

Whatever dies when, each event counts once: a subject's changes are one write that carries the
stream position, and nothing is acknowledged before it is written.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from personalize import metrics
from personalize.clean.clean import clean
from personalize.clean.erased import without_erased
from personalize.clean.networks import crowded
from personalize.clean.policy import Policies
from personalize.clean.validate import fault_of
from personalize.collect.context import enrich
from personalize.effect import Arrival, Work, change_of, effect_of, failed, rejecting
from personalize.events.event import SYSTEM, encode
from personalize.events.served import parts_of
from personalize.keys import shard_of
from personalize.measure import tally
from personalize.measure.quarantine import Reject, counted, quarantine
from personalize.profile import links, store
from personalize.profile.emitted import send
from personalize.profile.isolate import isolating
from personalize.profile.store import Change, Saved, Stored
from personalize.segment import memberships
from personalize.segment.configuration import Configuration, current_configuration
from personalize.segment.refresh import Transition
from personalize.stream.protocol import Entry

__all__ = ["Outcome", "failed", "process", "refuse"]

ATTEMPTS = 8  # of a batch on profiles that others write at the same time


@dataclass(slots=True)
class Outcome:
    """What a batch came to."""

    entries: int = 0
    saved: int = 0
    quarantined: int = 0
    transitions: list[Transition] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """A batch on its way. `refused` is what comes to nothing, with the name of its count.

    It is counted before anything is saved: when the batch comes back after a crash, it is known of
    each event whether it was counted as refused or is in a profile, whatever was decided since.
    """

    partition: int
    now: int
    oldest: str
    rejects: list[Reject] = field(default_factory=list)
    refused: list[tuple[str, Entry]] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    saved: int = 0
    quarantined: int = 0

    def refuse(self, outcome: str, entry: Entry) -> None:
        """Note an entry that has no effect."""
        if entry.event and entry.event.type not in SYSTEM:
            self.refused.append((tally.outcome_field(outcome, entry.event), entry))


def process(
    entries: Sequence[Entry],
    *,
    partition: int,
    configuration: Configuration | None = None,
    now: int | None = None,
) -> Outcome:
    """Let a batch of entries of one partition, in order, take effect once.

    An event that fails goes to quarantine, its neighbours go on. Raises what `UNAVAILABLE` lists
    when a server does not answer: then nothing may be acknowledged, and all of it is to be
    repeated.
    """
    conf = configuration or current_configuration()
    at = time.time_ns() // 1_000_000 if now is None else now
    batch = Batch(partition, at, entries[0].position if entries else "")
    counted_before = tally.counted_before(partition)
    fresh = [entry for entry in _apart(entries) if entry.place not in counted_before]
    arrivals: dict[str, list[Arrival]] = {}
    for arrival in _wanted(believed(fresh, batch, conf.policies), conf.blocked, batch):
        arrivals.setdefault(arrival.event.subject, []).append(arrival)
    _put_down(batch)
    for _ in range(ATTEMPTS):
        if arrivals:
            moved = _settled(arrivals, batch, conf)
            arrivals = {subject: arrivals[subject] for subject in moved}
            conf = configuration or (current_configuration() if moved else conf)
    if arrivals:
        raise store.Contended(f"{len(arrivals)} profiles are being written by others")
    _put_down(batch)
    memberships.announce(batch.transitions)
    return Outcome(len(entries), batch.saved, batch.quarantined, batch.transitions)


def refuse(reject: Reject, *, partition: int) -> None:
    """Put one entry into quarantine, unless it has had its effect already."""
    entry = reject.entry
    rejects = [reject._replace(entry=part) for part in _apart([entry])]
    batch = Batch(partition, time.time_ns() // 1_000_000, entry.position, rejects=rejects)
    _put_down(batch)


def _apart(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with an event each."""
    found: list[Entry] = []
    for entry in entries:
        if entry.event is None or entry.event.type != "served":
            found.append(entry)
            continue
        parts = enumerate(parts_of(entry.event), 1)
        found += [entry._replace(event=part, raw=encode(part), part=at) for at, part in parts]
    return found


def _put_down(batch: Batch) -> None:
    """Put what was rejected into quarantine, and count it and what was refused, once.

    Except what is in a profile already: of before a crash, or before somebody was erased.
    """
    rejects, refused = batch.rejects, batch.refused
    if not rejects and not refused:
        return
    entries = [reject.entry for reject in rejects] + [entry for _, entry in refused]
    subjects = {entry.event.subject for entry in entries if entry.event}
    positions = store.positions(list(subjects), partition=batch.partition)

    def is_applied(entry: Entry) -> bool:
        return entry.event is not None and entry.position <= positions[entry.event.subject]

    rejects = [reject for reject in rejects if not is_applied(reject.entry)]
    quarantine(rejects, partition=batch.partition, at=batch.now)
    names = [(name, entry.place) for name, entry in refused if not is_applied(entry)]
    names += counted(rejects, at=batch.now)
    tally.count_once(batch.partition, names, oldest=batch.oldest)
    batch.quarantined += len(rejects)
    batch.rejects, batch.refused = [], []


def _settled(arrivals: dict[str, list[Arrival]], batch: Batch, conf: Configuration) -> list[str]:
    """Let the arrivals take effect; return the subjects whose profiles moved meanwhile."""
    stored = store.load(list(arrivals), partition=batch.partition)
    works: list[Work] = []
    changes = _changes(arrivals, stored, works, batch, conf)
    saved = store.save(changes, partition=batch.partition)
    send({shard_of(work.profile.subject) for work in works if work.emitted})
    moved = []
    for work, outcome in zip(works, saved, strict=True):
        if outcome is Saved.MOVED:
            moved.append(work.profile.subject)
            continue
        if outcome is Saved.DONE:
            batch.saved += 1
            batch.quarantined += len(work.rejects)
            batch.transitions += work.transitions
        elif outcome is Saved.ERASED:
            for arrival in arrivals[work.profile.subject]:
                batch.refuse(tally.ERASED, arrival.entry)
    metrics.count("pipeline.moved", len(moved))
    return moved


def _changes(
    arrivals: dict[str, list[Arrival]],
    stored: dict[str, Stored],
    works: list[Work],
    batch: Batch,
    conf: Configuration,
) -> Iterator[Change]:
    """Yield each change as it is made, and note its work: Redis writes it while others are made."""
    for subject, arrived in arrivals.items():
        if work := effect_of(subject, arrived, stored[subject], conf, batch.now):
            links.log_links(work.linked)
            # Counted along with the save.
            quarantine(work.rejects, partition=batch.partition, at=batch.now)
            works.append(work)
            yield change_of(work)


def believed(
    entries: Sequence[Entry], batch: Batch, policies: Policies | None = None
) -> list[Arrival]:
    """Return the events to process: decoded, not of the erased, cleaned and enriched."""
    policies = policies or Policies()
    rejects = batch.rejects
    rejects += [Reject(entry, "undecodable") for entry in entries if not entry.event]
    arrivals = _living([Arrival(entry.event, entry) for entry in entries if entry.event], batch)
    system = [each for each in arrivals if each.event.type in SYSTEM]
    clients = [each for each in arrivals if each.event.type not in SYSTEM]
    crowds = crowded([each.event for each in clients], policies=policies, now=batch.now)
    clients = isolating(
        lambda some: _cleaned(some, rejects, policies, crowds), clients, failed=rejecting(rejects)
    )
    system = [each for each in system if not _is_faulty(each, rejects)]
    if not system:
        return clients
    return sorted([*system, *clients], key=lambda arrival: arrival.entry.position)


def _living(arrivals: list[Arrival], batch: Batch) -> list[Arrival]:
    living = {id(event) for event in without_erased([each.event for each in arrivals])}
    for arrival in arrivals:
        if id(arrival.event) not in living:
            batch.refuse(tally.ERASED, arrival.entry)
    return [each for each in arrivals if id(each.event) in living]


def _wanted(arrivals: list[Arrival], blocked: frozenset[str], batch: Batch) -> list[Arrival]:
    """Leave out what clients send under the names that an editor has blocked."""
    if not blocked:
        return arrivals
    wanted = []
    for arrival in arrivals:
        if arrival.event.event in blocked and arrival.event.type not in SYSTEM:
            batch.refuse(tally.BLOCKED, arrival.entry)
        else:
            wanted.append(arrival)
    return wanted


def _is_faulty(arrival: Arrival, rejects: list[Reject]) -> bool:
    fault = fault_of(arrival.event)
    rejects += [Reject(arrival.entry, "invalid", fault)] if fault else []
    return bool(fault)


def _cleaned(
    arrivals: Sequence[Arrival], rejects: list[Reject], policies: Policies, crowds: frozenset[str]
) -> list[Arrival]:
    events = [arrival.event for arrival in arrivals]
    cleaned = clean(events, policies=policies, crowded=crowds)
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
