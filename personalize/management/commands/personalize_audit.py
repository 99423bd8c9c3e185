"""`manage.py personalize_audit`: does every accepted event turn up, and is anything unusual."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from personalize.conf import settings
from personalize.keys import ACCEPTED
from personalize.measure.audit import Audit, audit
from personalize.measure.law import Line
from personalize.measure.tally import OUTCOMES
from personalize.privacy.mask import masked

SHOWN = 20  # findings of one kind, in the text
COLUMNS = ("day", "source", ACCEPTED, *OUTCOMES, "in flight", "in lake")


class Command(BaseCommand):
    """Exits with 1 when something does not add up."""

    help = "Check that every accepted event is somewhere, once; tell what is out of the ordinary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the days, the source, and the form of the answer."""
        parser.add_argument("--from", dest="first", type=_day, help="first day, UTC (yesterday)")
        parser.add_argument("--until", dest="last", type=_day, help="last day, UTC (today)")
        parser.add_argument("--source", default="", help="events of this source only")
        parser.add_argument("--samples", type=int, default=0, help="show so many events, masked")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings; the last line says whether all holds."""
        now = datetime.now(UTC)
        last = options["last"] or now.date()
        first = options["first"] or last - timedelta(days=1)
        if first > last:
            raise CommandError(f"--from {first} is after --until {last}.")
        found = audit(first=first, last=last, source=options["source"], now=now)
        samples = _samples(last, options["samples"])
        if options["json"]:
            document = {**found.as_json(), "samples": samples}
            self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))
        else:
            self.stdout.writelines(f"{line}\n" for line in _told(found, samples))
        if not found.holds:
            raise CommandError(f"{len(found.law.faults)} things do not add up.", returncode=1)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _samples(day: date, number: int) -> list[Any]:
    if not number:
        return []
    if not settings().LAKE_URL:
        raise CommandError("Samples come from the lake, and this site keeps none (LAKE_URL).")
    from personalize.measure.drift import samples  # noqa: PLC0415  # slow to import

    return [masked(msgspec.to_builtins(event)) for event in samples(day, number=number)]


def _told(found: Audit, samples: Sequence[Any]) -> Iterator[str]:
    yield from _table([COLUMNS, *map(_cells, found.law.lines)])
    yield f"{found.law.lag} entries wait in the stream."
    for fault in found.law.faults:
        yield f"✗ {fault}"
    for anomaly in found.anomalies[:SHOWN]:
        hours = f"{anomaly.hours[0]}–{anomaly.hours[-1]} h"
        yield (
            f"! {anomaly.day} {hours}, {anomaly.of} {anomaly.key}: {anomaly.seen} instead of "
            f"some {anomaly.expected:g} ({anomaly.deviations:+g} deviations)"
        )
    for each in found.drift[:SHOWN]:
        name = f"{each.event}: {each.property}" if each.property else each.event
        instead = f" instead of {each.expected}" if each.expected else ""
        kind = each.kind.replace("_", " ")
        yield f"! {kind}, {name}: {each.seen}{instead}, {each.events} events"
    for sample in samples:
        yield json.dumps(sample, ensure_ascii=False)
    if found.holds:
        yield "✓ Everything adds up."


def _cells(line: Line) -> tuple[str, ...]:
    counts = [line.counts[name] for name in (ACCEPTED, *OUTCOMES)]
    in_lake = "–" if line.lake is None else f"{line.lake.rows} + {line.lake.waiting}"
    return (line.day.isoformat(), line.source, *map(str, counts), str(line.in_flight), in_lake)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
