"""How many people a rule reaches by all events in the lake, whether anything counted them before.

Heavy: it brings in Ibis and DuckDB, so import it only where a count is asked for.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb
import ibis
import pyarrow as pa
from deltalake.exceptions import DeltaError
from ibis.backends.duckdb import Backend

from personalize.conf import settings
from personalize.lake.read import connect, events_table
from personalize.models.segment import Membership
from personalize.rules.query import matching
from personalize.rules.query_facts import Known
from personalize.rules.syntax import Group
from personalize.segment.compiled import SegmentSet

MEMORY = "2GB"
WAIT_SECONDS = 30.0
POLL_SECONDS = 0.1


class LakeUnavailable(RuntimeError):
    """The lake has no answer in time, in memory, or at all."""


class LakeCount(NamedTuple):
    """How many people a rule reaches, and the subjects of some of them."""

    matched: int
    examples: list[str]


def count_in_lake(
    rule: Group,
    *,
    segments: SegmentSet,
    now: int,
    examples: int,
    seconds: float = WAIT_SECONDS,
    is_wanted: Callable[[], bool] = lambda: True,
    shard: int | None = None,
) -> LakeCount:
    """Ask the rule of everybody in the lake, or in one shard, as they are at `now` (milliseconds).

    Raises LakeUnavailable when it takes longer than `seconds`, more memory than `MEMORY`, when it
    is not wanted any more, or when the lake's storage does not answer.
    """
    try:
        connection = connect(memory=MEMORY)
        connection.raw_sql("SET enable_progress_bar = false")
        known = _known(segments, connection)
        events = events_table(connection)
        asked = events if shard is None else events.filter(events.shard == shard)
        found = connection.compile(matching(rule, asked, now=now, known=known))
        query = f"SELECT count(*), min(person, {examples:d}) FROM ({found})"  # noqa: S608
        with interrupted_after(connection, seconds=seconds, is_wanted=is_wanted):
            [(matched, some)] = connection.con.execute(query).fetchall()
    except (duckdb.Error, DeltaError, OSError) as error:
        raise LakeUnavailable(f"The lake did not answer: {type(error).__name__}") from error
    return LakeCount(matched, some or [])


@contextmanager
def interrupted_after(
    connection: Backend, *, seconds: float, is_wanted: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Interrupt the connection's query when it takes longer, or is not wanted any more.

    DuckDB has no time limit itself.
    """
    is_done = threading.Event()
    ends_at = time.monotonic() + seconds

    def watch() -> None:
        while not is_done.wait(POLL_SECONDS):
            if time.monotonic() > ends_at or not is_wanted():
                connection.con.interrupt()  # again and again: before the query it has no effect

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def _known(segments: SegmentSet, connection: Backend) -> Known:
    """Return what rules refer to; who was assigned a segment is known by the memberships."""
    by_slug = segments.by_slug
    given = [slug for slug, segment in by_slug.items() if not segment.is_rule]
    return Known(
        segments={slug: each.rule if each.is_rule else None for slug, each in by_slug.items()},
        computed=segments.computed,
        assigned=_members(given, connection) if given else None,
        session_gap=settings().SESSION_GAP_SECONDS * 1_000,
    )


def _members(slugs: Iterable[str], connection: Backend) -> ibis.Table:
    rows = Membership.objects.filter(segment__slug__in=slugs, exited_at=None)
    pairs = list(rows.values_list("visitor__subject", "segment__slug"))
    columns = {"person": [pair[0] for pair in pairs], "segment": [pair[1] for pair in pairs]}
    schema = pa.schema([("person", pa.string()), ("segment", pa.string())])
    connection.con.register("members", pa.table(columns, schema=schema))
    return connection.table("members")
