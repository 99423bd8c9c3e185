"""What a batch does to one subject: drop duplicates, fold, hand over, place in segments. No I/O."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from personalize.clean.bots import LONGEST
from personalize.clean.missing import impute_last, known_of
from personalize.clean.pace import Pace, pace
from personalize.conf import settings
from personalize.events.event import BROWSER, SYSTEM, Event
from personalize.keys import HOUR_MS, tally_field
from personalize.lake.row import encode_rows
from personalize.measure import tally
from personalize.measure.exposures import EXPOSURES
from personalize.measure.quarantine import Reject
from personalize.measure.showings import counts_of
from personalize.profile import links, seen
from personalize.profile.fold import fold
from personalize.profile.isolate import isolating
from personalize.profile.profile import Profile, empty_profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, Stored
from personalize.profile.timeline import Moment, moment_of
from personalize.segment import memberships
from personalize.segment.configuration import Configuration
from personalize.segment.facts import VisitorFacts
from personalize.segment.refresh import Transition, next_change, refreshed, taken_over
from personalize.stream.protocol import Entry


class Arrival(NamedTuple):
    """An event on its way through a batch, with where and as what it came in."""

    event: Event
    entry: Entry


@dataclass(slots=True)
class Work:
    """One subject's share of a batch while it is being done."""

    profile: Profile
    seen: Seen
    position: str
    revision: str
    version: int
    is_by_time: bool = False
    fresh: list[Arrival] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    counts: dict[tuple[str, int, str], int] = field(default_factory=dict)
    kept: list[Event] = field(default_factory=list)
    emitted: list[Event] = field(default_factory=list)
    linked: list[Event] = field(default_factory=list)
    quiet: list[Transition] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def count(self, metric: str, *, at: int, key: str = "") -> None:
        """Count one more of a metric, to be written along with the profile."""
        what = metric, at // HOUR_MS, key
        self.counts[what] = self.counts.get(what, 0) + 1

    def tally(self) -> dict[str, int]:
        """Return what was counted, by the names under which Redis counts."""
        named: Counter[str] = Counter()
        for (metric, hour, key), number in self.counts.items():
            named[tally_field(metric, at=hour * HOUR_MS, key=key)] += number
        return named

    def reject(self, arrival: Arrival, error: Exception) -> None:
        """Leave out an event that raised; when it is sent again it is no duplicate."""
        self.rejects.append(failed(arrival.entry, error))
        self.count_outcome(tally.QUARANTINED, arrival.event)
        self.seen.forget(arrival.event.message_id)

    def count_outcome(self, outcome: str, event: Event) -> None:
        """Count what became of an event of a client's."""
        if event.type not in SYSTEM:
            self.count(outcome, at=event.received_at, key=event.source)


def effect_of(
    subject: str, arrivals: Sequence[Arrival], stored: Stored, conf: Configuration, now: int
) -> Work | None:
    """Return what the arrivals do to the subject, or None when all was done before."""
    todo = [each for each in arrivals if each.entry.position > stored.position]
    only_ticks = all(each.event.type == "tick" for each in todo)
    if not todo or (stored.profile is None and only_ticks):
        return None
    work = Work(
        stored.profile or empty_profile(subject),
        stored.seen,
        todo[-1].entry.position,
        stored.revision,
        conf.version,
        is_by_time=only_ticks,
    )
    for arrival in todo:
        event = arrival.event
        if not work.seen.is_new(event.message_id, received_at=event.received_at):
            work.count_outcome(tally.DUPLICATES, event)
        elif event.type == "link":
            _fold(work, conf, now)
            _link(work, arrival)
        elif work.profile.merged_into and event.type not in SYSTEM:
            user_id = work.profile.merged_into.removeprefix("u:")
            work.emitted.append(links.forwarded(_as_received(arrival), user_id=user_id))
            work.count_outcome(tally.FORWARDED, event)
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


def _fold(work: Work, conf: Configuration, now: int) -> None:
    """Fold what has gathered; events that fail are left out, one by one."""
    if not work.fresh:
        return
    arrivals, work.fresh = _weighed(work, work.fresh, conf), []
    before = work.profile

    def step(some: Sequence[Arrival]) -> list[Arrival]:
        events = [arrival.event for arrival in some]
        work.profile = fold(work.profile, events, traits=conf.traits, now=now)
        return list(some)

    for arrival in isolating(step, arrivals, failed=work.reject):
        _note(work, arrival)
    work.quiet += taken_over(before, work.profile)
    if not before.events and work.profile.events:
        work.count(tally.NEW_VISITORS, at=work.profile.first_seen_at)


def _weighed(work: Work, arrivals: Sequence[Arrival], conf: Configuration) -> list[Arrival]:
    """Return the arrivals as the visitor's past shows them: too fast, or short of what it had."""
    policies, profile = conf.policies, work.profile
    events = [arrival.event for arrival in arrivals]
    state = profile.pace
    if any(event.source == BROWSER for event in events):
        state, events = pace(state or Pace(), events, policy=policies.of_source(BROWSER))
    known = profile.known
    if policies.is_imputing_last:
        known = dict(known)
        for index, event in enumerate(events):
            if not event.bot:
                events[index] = impute_last(event, policies=policies, known=known.get)
                known |= known_of(events[index], policies=policies)
    work.profile = replace(profile, pace=state, known=known)
    return [
        arrival if arrival.event is event else Arrival(event, arrival.entry)
        for arrival, event in zip(arrivals, events, strict=True)
    ]


def _note(work: Work, arrival: Arrival) -> None:
    """Write an event that took effect to the timeline, the lake and the counts."""
    event = arrival.event
    if event.type == "tick":
        return
    work.moments.append(moment_of(event))
    if settings().LAKE_URL:
        work.kept.append(_with_agent(arrival))
        work.count_outcome(tally.KEPT, event)
    for note in event.notes:
        work.count(tally.CLEANED + note.partition(":")[0], at=event.received_at, key=event.source)
    if event.type == "merge":
        work.seen.add_all(seen.decode(event.properties["seen"]))
        return
    if event.bot:
        work.count_outcome(tally.BOTS, event)
        return
    work.count_outcome(tally.STORED, event)
    metric = tally.EXPOSURES if event.event in EXPOSURES else tally.EVENTS
    work.count(metric, at=event.timestamp, key=event.event)
    if metric == tally.EXPOSURES:
        for name, key in counts_of(event, work.seen):
            work.count(name, at=event.timestamp, key=key)


def _link(work: Work, arrival: Arrival) -> None:
    """Hand the profile over to the user, or take the mark away again."""
    link, profile = arrival.event, work.profile
    work.kept.append(link)
    merged_into = links.merged_into_after(link, profile=profile)
    if merged_into and not profile.merged_into:
        position = arrival.entry.position
        merge = links.merge_event(link, profile=profile, seen=work.seen, position=position)
        work.emitted.append(merge)
        work.linked.append(link)
    profile.merged_into = merged_into
    if link.properties.get("undo"):
        work.quiet += taken_over(replace(profile, segments={}), profile)


def _with_agent(arrival: Arrival) -> Event:
    """Return the event with its user agent: by it the lake can be judged anew, and only there."""
    event, agent = arrival.event, _as_received(arrival).context.get("userAgent")
    if not agent or not isinstance(agent, str) or not settings().LAKE_KEEPS_USER_AGENT:
        return event
    return replace(event, context={**event.context, "user_agent": agent[:LONGEST]})


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


def change_of(work: Work) -> Change:
    """Return the one write that has all of the effect."""
    return Change(
        profile=work.profile,
        seen=work.seen,
        position=work.position,
        revision=work.revision,
        version=work.version,
        kept=encode_rows(work.kept) if work.kept and settings().LAKE_URL else b"",
        is_by_time=work.is_by_time,
        moments=work.moments,
        due_at=work.profile.due_at or None,
        tally=work.tally(),
        emitted=work.emitted,
        moves=[memberships.encode(move) for move in [*work.quiet, *work.transitions]],
    )


def failed(entry: Entry, error: Exception) -> Reject:
    """Return what quarantine is told of an event that raised."""
    return Reject(entry, "failed", f"{type(error).__name__}: {error}"[:500])


def rejecting(rejects: list[Reject]) -> Callable[[Arrival, Exception], None]:
    """Return what notes an event that raised."""
    return lambda arrival, error: rejects.append(failed(arrival.entry, error))
