"""The checker: what was acknowledged against what the site has, event by event and sum by sum."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from deltalake import DeltaTable

from personalize.conf import settings
from personalize.events.event import Event, decode
from personalize.measure import tally
from personalize.models import Membership, QuarantinedEvent, Segment, Tally, Visitor
from personalize.profile import store
from personalize.rules.syntax import Behaviour
from tests.faults import history
from tests.faults.expected import BEHAVIOURS, SEGMENT, Run, aggregates, is_member
from tests.profile.naive import actual

SHOWN = 5  # complaints of a kind


def verdict(path: str) -> dict[str, Any]:
    """Return what is wrong, as sentences, and how much was looked at.

    What was sent and never acknowledged may have arrived or not; what has arrived counts.
    """
    run, acknowledged = history.read(Path(path))
    found = _found(run)
    wrong = _exactly_once(acknowledged, found)
    by_subject: dict[str, list[Event]] = {}
    for number in sorted(found):
        event = run.event(number)
        by_subject.setdefault(event.subject, []).append(event)
    now = time.time_ns() // 1_000_000
    wrong += _profiles(by_subject, now)
    wrong += _memberships(by_subject, now)
    wrong += _counts(run, len(found))
    return {"wrong": wrong, "acknowledged": len(acknowledged), "visitors": len(by_subject)}


def lake_rows(columns: list[str], source: str) -> list[dict[str, Any]]:
    """Return the lake's rows of a source."""
    table = DeltaTable(settings().LAKE_URL)
    batch = table.to_pyarrow_table(columns=columns, filters=[("source", "=", source)])
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def tallied(source: str) -> dict[str, int]:
    """Return the counts of a source's events by what became of them."""
    counts: Counter[str] = Counter()
    for row in Tally.objects.filter(key=source, metric__in=(*tally.OUTCOMES, tally.ACCEPTED)):
        counts[row.metric] += row.count
    return counts


def quarantined(source: str) -> list[tuple[QuarantinedEvent, Event]]:
    """Return the rows of quarantine that are a source's, with their events."""
    rows = []
    for row in QuarantinedEvent.objects.all():
        try:
            event = decode(bytes(row.raw))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if event.source == source:
            rows.append((row, event))
    return rows


def _found(run: Run) -> Counter[int]:
    ids = [row["message_id"] for row in lake_rows(["message_id"], run.name)]
    ids += [event.message_id for _, event in quarantined(run.name)]
    return Counter(int(name.removeprefix(f"{run.name}-")) for name in ids)


def _exactly_once(acknowledged: list[int], found: Counter[int]) -> list[str]:
    lost = sorted(set(acknowledged) - found.keys())
    twice = sorted(number for number, times in found.items() if times > 1)
    wrong = [f"{len(lost)} acknowledged and lost: {lost[:SHOWN]} …"] if lost else []
    return wrong + ([f"{len(twice)} more than once: {twice[:SHOWN]} …"] if twice else [])


def _profiles(by_subject: dict[str, list[Event]], now: int) -> list[str]:
    wrong = []
    for subject, events in by_subject.items():
        profile = store.read_profile(subject)
        if profile is None or profile.events != len(events):
            had = profile.events if profile else None
            wrong.append(f"{subject} has {had} events, not {len(events)}")
            continue
        wanted = aggregates(events, now=now)
        wrong += [
            f"{subject}: {behaviour.aggregate} is {value!r}, not {wanted[behaviour.key]!r}"
            for behaviour in BEHAVIOURS
            if not _same(value := _actual(behaviour, profile, now), wanted[behaviour.key])
        ]
    return wrong[:SHOWN]


def _actual(behaviour: Behaviour, profile: Any, now: int) -> Any:
    return actual(behaviour, profile, now=now)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) < 1e-6
    return bool(one == other)


def _memberships(by_subject: dict[str, list[Event]], now: int) -> list[str]:
    wanted = {subject for subject, events in by_subject.items() if is_member(events, now=now)}
    segment = Segment.objects.get(slug=SEGMENT)
    open_rows = Membership.objects.filter(segment=segment, exited_at=None)
    rows = Counter(open_rows.values_list("visitor__subject", flat=True))
    members = {subject for subject in by_subject if rows[subject] == 1}
    wrong = [f"{subject} is a member {rows[subject]} times" for subject in members ^ wanted]
    events = dict(Visitor.objects.values_list("subject", "events"))
    wrong += [
        f"the row of {subject} has {events.get(subject)} events, not {len(theirs)}"
        for subject, theirs in by_subject.items()
        if events.get(subject) != len(theirs)
    ]
    return wrong[:SHOWN]


def _counts(run: Run, distinct: int) -> list[str]:
    counts = tallied(run.name)
    outcomes = sum(counts[each] for each in tally.OUTCOMES)
    wrong = []
    if counts[tally.ACCEPTED] != outcomes:
        wrong.append(f"accepted {counts[tally.ACCEPTED]}, came to {dict(counts)}")
    kept = counts[tally.STORED] + counts[tally.BOTS] + counts[tally.QUARANTINED]
    if kept != distinct:
        wrong.append(f"{distinct} distinct events were counted as {kept}")
    return wrong
