"""Each of the admin's screens on a large site: SQL queries, and the time until it is there.

A million visitors, 500 segments and 2,000 variants; `BENCH_VISITORS=20_000` for a quick run. What
beat computes for the screens is timed as well.
"""

import os
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from statistics import median
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from benchmarks.result import Result
from personalize.models import (
    Membership,
    Placement,
    Segment,
    SegmentSize,
    Showing,
    Slot,
    Tally,
    Variant,
    Visitor,
)
from personalize.segment.counts import note_sizes
from personalize.segment.portraits import portray
from personalize.segment.templates import TEMPLATES

VISITORS = int(os.environ.get("BENCH_VISITORS", "1_000_000"))
SEGMENTS = 500
SLOTS = 500
VARIANTS = 2_000
BELONGS_TO = 5  # segments, each visitor
DAYS = 30
ROUNDS = 5
AT_ONCE = 5_000
Row = TypeVar("Row", bound=Model)
LISTS = ("dashboard", "segment", "slot", "variant", "experiment", "visitor", "trait")
NOW = datetime.now(UTC)


@override_settings(DEBUG=False)  # which would keep every query
def run() -> list[Result]:
    """Fill the site, let beat compute, and open every screen."""
    random.seed(4)
    _fill()
    computed = [
        Result(name="admin.sizes", value=_seconds(lambda: note_sizes(at=NOW)), unit="s"),
        Result(name="admin.portraits", value=_seconds(lambda: portray(at=NOW)), unit="s"),
    ]
    client = Client(SERVER_NAME="localhost")
    owner = get_user_model()(username="owner", is_staff=True, is_superuser=True)
    owner.save()
    client.force_login(owner)
    screens = [
        result for name, address in _addresses() for result in _opened(client, name, address)
    ]
    return [Result(name="admin.visitors", value=VISITORS, unit="visitors"), *computed, *screens]


def _addresses() -> Iterator[tuple[str, str]]:
    for name in LISTS:
        yield name, reverse(f"admin:personalize_{name}_changelist")
    yield "matrix", reverse("admin:personalize_segment_matrix")
    yield "matrix.searched", reverse("admin:personalize_segment_matrix") + "?q=order"
    yield "templates", reverse("admin:personalize_segment_templates")
    first, slot = Segment.objects.order_by("pk")[0], Slot.objects.order_by("pk")[0]
    yield "segment.page", reverse("admin:personalize_segment_change", args=[first.pk])
    yield "slot.page", reverse("admin:personalize_slot_change", args=[slot.pk])
    variant = Variant.objects.order_by("pk")[0]
    yield "variant.page", reverse("admin:personalize_variant_change", args=[variant.pk])


def _opened(client: Client, name: str, address: str) -> list[Result]:
    """Return the median time of a screen, and how often it asks the database."""

    def opened() -> None:
        status = client.get(address).status_code
        if status != 200:
            raise RuntimeError(f"{address} answers {status}")

    opened()
    with CaptureQueriesContext(connection) as queries:
        opened()
    number = len(queries)  # which the next request forgets
    took = median(_seconds(opened) for _ in range(ROUNDS))
    return [
        Result(name=f"admin.{name}.queries", value=number, unit="queries"),
        Result(name=f"admin.{name}", value=1_000 * took, unit="ms"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    work()
    return time.perf_counter() - started_at


def _fill() -> None:
    segments = _stored(Segment, (_segment(number) for number in range(SEGMENTS)))
    slots = _stored(Slot, (Slot(key=f"slot-{number}") for number in range(SLOTS)))
    variants = _stored(Variant, (_variant(number, slots) for number in range(VARIANTS)))
    showings = _stored(Showing, (_showing(variant) for variant in variants))
    _store(Placement, _placements(slots))
    _store(Tally, _tallies(showings))
    _store(SegmentSize, _sizes(segments))
    for start in range(0, VISITORS, AT_ONCE):
        some = range(start, min(start + AT_ONCE, VISITORS))
        people = Visitor.objects.bulk_create([_visitor(number) for number in some])
        _store(Membership, (stay for person in people for stay in _stays(person, segments)))


def _stored(model: type[Row], rows: Iterable[Row]) -> list[Row]:
    return list(model._default_manager.bulk_create(rows, batch_size=AT_ONCE))


def _store(model: type[Model], rows: Iterable[Model]) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        model._default_manager.bulk_create(some)


def _segment(number: int) -> Segment:
    template = TEMPLATES[number % len(TEMPLATES)]
    return Segment(name=f"{template.name} {number}", slug=f"segment-{number}", rule=template.rule)


def _variant(number: int, slots: list[Slot]) -> Variant:
    slug = f"segment-{number % SEGMENTS}"
    rule = {"field": "segments", "operator": "=", "value": slug}
    slot = slots[number % SLOTS]
    return Variant(
        slot=slot, name=f"Variant {number}", audience=rule, is_live=True, content="<p></p>"
    )


def _showing(variant: Variant) -> Showing:
    return Showing(
        exposure=uuid.uuid4().hex[:12],
        slot=variant.slot.key,
        variant=str(variant.uuid),
        reason="targeting_match",
        last_served_on=NOW.date(),
    )


def _placements(slots: list[Slot]) -> Iterator[Placement]:
    for slot in slots:
        for number in range(10):
            path = f"/{slot.key}/{number}/"
            yield Placement(slot=slot.key, path=path, served=number, last_served_on=NOW.date())


def _tallies(showings: list[Showing]) -> Iterator[Tally]:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(DAYS):
        hour = midnight - timedelta(days=days)
        for metric in ("served", "reached", "seen", "clicked"):
            for showing in showings:
                yield Tally(hour=hour, metric=metric, key=showing.exposure, count=days)


def _sizes(segments: list[Segment]) -> Iterator[SegmentSize]:
    for days in range(1, DAYS):
        at = NOW - timedelta(days=days)
        for segment in segments:
            yield SegmentSize(segment=segment, counted_at=at, visitors=1_000 + days)


def _visitor(number: int) -> Visitor:
    return Visitor(
        subject=f"a:{number:032x}",
        first_seen_at=NOW - timedelta(days=30),
        last_seen_at=NOW - timedelta(seconds=number),
        flushed_at=NOW,
        events=number % 90 + 1,
        sessions=number % 5 + 1,
        context={"device": ("mobile", "desktop")[number % 2], "country": "DE"},
    )


def _stays(person: Visitor, segments: list[Segment]) -> Iterator[Membership]:
    for segment in random.sample(segments, BELONGS_TO):
        yield Membership(visitor=person, segment=segment, entered_at=NOW - timedelta(days=1))
