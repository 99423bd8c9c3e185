"""How soon an editor sees a count: the first number and the exact one, by profiles and by the lake.

100,000 visitors have profiles; ten million events are in the lake, which is asked a rule that no
profile has counted. `BENCH_PROFILES` and `BENCH_EVENTS` measure other sizes. The figure is the
95th percentile of what the rule desk waits for.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

from deltalake import Field, Schema, convert_to_deltalake
from django.conf import settings as django_settings
from django.test.utils import override_settings
from django.utils import timezone
from msgspec.structs import replace

from benchmarks import lake_data
from benchmarks.lake_query import RULE as UNCOUNTED
from benchmarks.process import EVENTS_A_VISIT, send, visits
from benchmarks.result import Result
from personalize.drain import drain
from personalize.models import Segment, Trait
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, read_profiles, save
from personalize.rules.syntax import parse
from personalize.segment.counts import RuleCount
from personalize.segment.live_count import first_count, whole_count
from personalize.stream.protocol import current_stream

PROFILES = int(os.environ.get("BENCH_PROFILES", "100_000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "10_000_000"))
MODELS = 500  # visitors who really came; the others are copies of them
AT_ONCE = 1_000
ROUNDS = 20
WHOLE_ROUNDS = 3
COUNTED = {
    "combinator": "and",
    "rules": [
        {
            "field": "behaviour",
            "behaviour": {"event": "Product Viewed", "aggregate": "count", "window": "7d"},
            "operator": ">=",
            "value": 2,
        },
        {"field": "context.language", "operator": "=", "value": "en"},
    ],
}


def run() -> list[Result]:
    """Return the seconds until each number, and how many were asked for it."""
    Segment.objects.create(name="Viewers", slug="viewers", rule=COUNTED)
    Trait.objects.update(backfilled_at=timezone.now())  # else the lake would be asked for it
    for start in range(0, PROFILES, AT_ONCE):
        _know(list(_copies(start, min(start + AT_ONCE, PROFILES))))
    with override_settings(PERSONALIZE={**django_settings.PERSONALIZE, "LAKE_URL": _lake()}):
        counted, uncounted, now = parse(COUNTED), parse(UNCOUNTED), lake_data.NOW
        first_count(uncounted, now=now)  # brings in Ibis and DuckDB
        size, events = f"{PROFILES // 1_000}k", f"{EVENTS // 1_000_000}m"
        return [
            *_timed(f"count_first_{size}", lambda: first_count(counted), ROUNDS),
            *_timed(f"count_whole_{size}", lambda: whole_count(counted), WHOLE_ROUNDS),
            *_timed(f"count_first_{events}", lambda: first_count(uncounted, now=now), ROUNDS),
            *_timed(f"count_whole_{events}", lambda: whole_count(uncounted, now=now), WHOLE_ROUNDS),
        ]


def _timed(name: str, count: Callable[[], RuleCount], rounds: int) -> list[Result]:
    seconds, counted = [], count()
    for _ in range(rounds):
        started_at = time.perf_counter()
        counted = count()
        seconds.append(time.perf_counter() - started_at)
    slowest = quantiles(seconds, n=20, method="inclusive")[-1]
    return [
        Result(name=name, value=slowest, unit="s"),
        Result(name=f"{name}_asked", value=counted.visitors, unit="visitors"),
    ]


def _copies(start: int, end: int) -> Iterator[Profile]:
    models = _models()
    for number in range(start, end):
        subject = f"a:{number:032x}"
        yield replace(models[number % len(models)], subject=subject, anonymous_id=subject[2:])


_known: list[Profile] = []


def _models() -> list[Profile]:
    """Return the profiles of visitors whose events took effect, made on the first call."""
    if not _known:
        events = visits(MODELS * EVENTS_A_VISIT, seed=1, now=time.time_ns() // 1_000_000)
        send(events)
        for partition in range(current_stream().partitions):
            drain(partition)
        subjects = {event.subject: None for event in events}
        _known.extend(read_profiles(list(subjects)))
    return _known


def _know(profiles: list[Profile]) -> None:
    save([Change(profile, Seen(), "1") for profile in profiles], partition=0)
    write_rows(profiles)


def _lake() -> str:
    """Return the folder of the made-up events, as a Delta table."""
    lake_data.files(EVENTS)
    folder: Path = lake_data.folder_of(EVENTS)
    if not (folder / "_delta_log").exists():
        convert_to_deltalake(
            str(folder),
            partition_by=Schema([Field("day", "string")]),
            partition_strategy="hive",
        )
    return str(folder)
