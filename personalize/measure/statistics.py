"""What the values of declared properties were like in the last thirty days, learned from the lake.

Median and median absolute deviation for the numbers, the most frequent value for what may be
imputed with it. Values that were imputed are left out: they would confirm themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from personalize.clean.load import declared_properties
from personalize.events.declared import Declared
from personalize.lake.read import arrow_batches, events_table
from personalize.lake.values import decode_value
from personalize.models.cleaning import PropertyStatistics
from personalize.models.event_definition import EventDefinition
from personalize.profile.store import configuration_changed

if TYPE_CHECKING:
    import ibis

DAYS = 30
ENOUGH = 30  # values, before anything is concluded from them
LONGEST = 200  # characters of a value that may be imputed

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Learned:
    """One property's statistics; numbers are None for what is no number."""

    count: int
    nulls: int
    median: float | None
    mad: float | None
    mode: Any


def learn_statistics(*, now: datetime) -> int:
    """Replace the statistics by those of the last thirty days; return of how many properties.

    Raises NoLake on a site without a lake.
    """
    wanted = wanted_properties()
    learned = learned_from(_lake(now), wanted=wanted) if wanted else {}
    rows = [
        PropertyStatistics(
            event=event,
            property=name,
            count=found.count,
            nulls=found.nulls,
            median=found.median,
            mad=found.mad,
            mode=found.mode,
            computed_at=now,
        )
        for (event, name), found in sorted(learned.items())
    ]
    with transaction.atomic():
        PropertyStatistics.objects.all().delete()
        PropertyStatistics.objects.bulk_create(rows, batch_size=500)
        configuration_changed()
    return len(rows)


def wanted_properties() -> dict[Name, Declared]:
    """Return the declared properties that could be asked for, by event and name."""
    return {
        (definition.name, name): declared
        for definition in EventDefinition.objects.exclude(properties={})
        for name, declared in declared_properties(definition).items()
        if "." not in name and declared.type in ("number", "text", "boolean")
    }


def learned_from(events: "ibis.Table", *, wanted: Mapping[Name, Declared]) -> dict[Name, Learned]:
    """Return the statistics of the wanted properties over a table of the lake's columns."""
    names = sorted({event for event, _ in wanted})
    people = events.filter((events.bot == "") & events.event.isin(names))
    values = _values(people)
    numbered = people.group_by("event").agg(total=people.count())
    totals = {row["event"]: row["total"] for row in _rows(numbered)}
    numbers = {_name(row): row for row in _rows(_spread(values))}
    learned = {}
    for row in _rows(_frequent(values)):
        name = _name(row)
        if name not in wanted:
            continue
        spread = numbers.get(name, {}) if wanted[name].type == "number" else {}
        count = row["count"]
        is_enough = count >= ENOUGH
        learned[name] = Learned(
            count=count,
            nulls=max(0, totals.get(name[0], 0) - count),
            median=spread.get("median") if is_enough else None,
            mad=spread.get("mad") if is_enough else None,
            mode=decode_value(row["mode"]) if is_enough and row["mode"] else None,
        )
    return learned


def _lake(now: datetime) -> "ibis.Table":
    first = (now.astimezone(UTC) - timedelta(days=DAYS)).date().isoformat()
    return events_table(first_day=first)


def _values(people: "ibis.Table") -> "ibis.Table":
    """Return a row for each value that was given, as a typed text; not for those imputed."""
    import ibis  # noqa: PLC0415  # slow to import

    entries = people.select(
        "event",
        "notes",
        property=people.properties.keys().unnest(),
        value=people.properties.values().unnest(),
    )
    given = entries.value.length() <= LONGEST
    for source in ("median", "mode", "last"):
        note = ibis.literal("imputed:") + entries.property + f":{source}"
        given &= ~entries.notes.contains(note)
    return entries.filter(given).drop("notes")


def _spread(values: "ibis.Table") -> "ibis.Table":
    """Return median and median absolute deviation of the numbers of each property."""
    numbers = values.filter(values.value.startswith("n")).mutate(
        number=values.value.substr(1).try_cast("float64")
    )
    medians = numbers.group_by("event", "property").agg(median=numbers.number.median())
    both = numbers.join(medians, ["event", "property"])
    away = (both.number - both.median).abs()
    return both.group_by("event", "property").agg(median=both.median.min(), mad=away.median())


def _frequent(values: "ibis.Table") -> "ibis.Table":
    """Return the number of values and the most frequent one, of equally frequent the first."""
    each = values.group_by("event", "property", "value").agg(times=values.count())
    return each.group_by("event", "property").agg(
        count=each.times.sum(),
        mode=each.value.first(order_by=[each.times.desc(), each.value]),
    )


def _rows(table: "ibis.Table") -> Iterator[dict[str, Any]]:
    for batch in arrow_batches(table.get_backend(), table):
        yield from batch.to_pylist()


def _name(row: Mapping[str, Any]) -> Name:
    return row["event"], row["property"]
