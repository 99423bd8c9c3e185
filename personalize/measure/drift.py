"""Events that are no longer what they were: properties that stay away, are new, or change types.

One query over the lake gives for every day, event and property how often it was there and of which
types. What is declared in the registry is held against that, and a day against the days before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from math import sqrt
from typing import Any

from personalize.events.event import SYSTEM, Event, decode
from personalize.lake.leases import reading
from personalize.lake.read import arrow_batches, connect, events_table
from personalize.measure.anomalies import DEVIATIONS, deviations
from personalize.models.event_definition import EventDefinition

DAYS_BEFORE = 14
FEWEST_DAYS = 3
FEWEST_EVENTS = 30  # of a day: the share of fewer says little
LEAST_DIFFERENCE = 0.05
LEAST_DEVIATION = 0.01
TYPES = {"s": "text", "n": "number", "b": "boolean", "l": "list", "j": "object"}

Known = Mapping[str, EventDefinition]


@dataclass(slots=True)
class Seen:
    """One event on one day: how many, and of each property how many of which type."""

    events: int = 0
    properties: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def share_without(self, name: str) -> float:
        """Return the share of the events in which a property is missing."""
        return 1 - self.properties[name].total() / self.events if name in self.properties else 1.0


Days = Mapping[str, Mapping[date, Seen]]


@dataclass(frozen=True, slots=True)
class Drift:
    """Something about an event that is not as declared, or not as before.

    `kind` is unknown_event, new_property, changed_type or missing_values.
    """

    kind: str
    event: str
    property: str
    seen: str
    expected: str
    events: int

    def as_json(self) -> dict[str, Any]:
        """Return the drift as plain values."""
        return asdict(self)


def drift(day: date) -> list[Drift]:
    """Return what had changed on a day (UTC, by the events' own times), grouped by kind."""
    days = _seen(first=day - timedelta(days=DAYS_BEFORE), last=day)
    known = EventDefinition.objects.in_bulk(field_name="name")
    found = []
    for event, by_day in days.items():
        if day in by_day:
            found += list(_of_event(event, by_day, day, known))
    return sorted(found, key=lambda each: (each.kind, -each.events, each.event, each.property))


def samples(day: date, *, number: int) -> list[Event]:
    """Return events of a day for people to look at, unmasked: any, but the same ones each time."""
    with reading():
        backend = connect()
        events = events_table(backend, first_day=day.isoformat(), last_day=day.isoformat())
        of_clients = events.filter(events.type.notin(list(SYSTEM)))
        some = of_clients.order_by(of_clients.message_id.hash()).limit(number)
        return [
            decode(body)
            for batch in arrow_batches(backend, some.select("body"))
            for body in batch.column(0).to_pylist()
        ]


def _seen(*, first: date, last: date) -> Days:
    """Count people's events and their properties, by event and day."""
    found: dict[str, dict[date, Seen]] = defaultdict(lambda: defaultdict(Seen))
    with reading():
        backend = connect()
        lake = events_table(backend, first_day=first.isoformat(), last_day=last.isoformat())
        events = lake.filter((lake.bot == "") & lake.type.notin(list(SYSTEM)))
        totals = events.group_by("day", "event").agg(number=events.count())
        pairs = events.select(
            "day",
            "event",
            name=events.properties.keys().unnest(),
            text=events.properties.values().unnest(),
        )
        kinds = pairs.filter(~pairs.name.contains("."))
        kinds = kinds.group_by("day", "event", "name", kind=kinds.text.left(1)).agg(
            number=kinds.count()
        )
        for day, event, number in _rows(backend, totals):
            found[event][date.fromisoformat(day)].events = number
        for day, event, name, kind, number in _rows(backend, kinds):
            seen = found[event][date.fromisoformat(day)]
            seen.properties[name][TYPES.get(kind, kind)] += number
    return found


def _rows(backend: Any, query: Any) -> Iterator[tuple[Any, ...]]:
    for batch in arrow_batches(backend, query):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _of_event(event: str, by_day: Mapping[date, Seen], day: date, known: Known) -> Iterator[Drift]:
    seen = by_day[day]
    before = [each for at, each in by_day.items() if at < day]
    definition = known.get(event)
    if definition is None or definition.status == EventDefinition.Status.UNKNOWN:
        yield Drift("unknown_event", event, "", "", "", seen.events)
        return
    declared = definition.properties if isinstance(definition.properties, dict) else {}
    for name, types in seen.properties.items():
        if name in declared:
            yield from _other_types(event, name, types, str(declared[name].get("type")))
        elif not any(name in each.properties for each in before):
            yield Drift("new_property", event, name, _told(types), "", types.total())
        else:
            usual = sum((each.properties.get(name, Counter()) for each in before), Counter())
            yield from _other_types(event, name, types, usual.most_common(1)[0][0])
    for name in declared:
        if "." not in name:
            yield from _missing(event, name, seen, before)


def _other_types(event: str, name: str, types: Counter[str], usual: str) -> Iterator[Drift]:
    others = types.total() - types[usual]
    if others:
        yield Drift("changed_type", event, name, _told(types), usual, others)


def _missing(event: str, name: str, seen: Seen, before: list[Seen]) -> Iterator[Drift]:
    history = [each.share_without(name) for each in before if each.events >= FEWEST_EVENTS]
    if seen.events < FEWEST_EVENTS or len(history) < FEWEST_DAYS:
        return
    share = seen.share_without(name)
    middle = sorted(history)[len(history) // 2]
    by_chance = sqrt(middle * (1 - middle) / seen.events)
    usual, score = deviations(share, history, least=max(by_chance, LEAST_DEVIATION))
    if abs(score) >= DEVIATIONS and abs(share - usual) >= LEAST_DIFFERENCE:
        yield Drift("missing_values", event, name, f"{share:.0%}", f"{usual:.0%}", seen.events)


def _told(types: Counter[str]) -> str:
    return ", ".join(f"{kind} ({number})" for kind, number in types.most_common())
