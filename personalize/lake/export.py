"""The lake for the tools of analysts: five tables around the visitor, as Parquet or CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

import msgspec
import pyarrow as pa
from django.db.models import Q

from personalize.conf import settings
from personalize.lake import sheets, star
from personalize.lake.leases import reading
from personalize.lake.read import connect, events_table
from personalize.lake.row import event_of
from personalize.lake.table import number_of_rows
from personalize.models.segment import Membership
from personalize.progress import Share, Watch, unwatched
from personalize.rules.query_people import links_of

ROWS_AT_ONCE = 10_000
EVENTS_PART = 0.6  # of the time; they are most of the rows
FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)

_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Exported:
    """A table that was written."""

    table: str
    rows: int


def export(
    to: str,
    *,
    file_format: str,
    first_day: date = FIRST_DAY,
    last_day: date = LAST_DAY,
    watch: Watch = unwatched,
) -> Iterator[Exported]:
    """Write the tables of `star.TABLES` to a folder or an s3:// address; yield each when done.

    `file_format` is "parquet" or "csv"; the days are those of events, both included, in UTC. A file
    of the same name is replaced when its successor is complete. However large the lake, memory is
    bounded: DuckDB goes on in temporary files, and the writers take batches.
    """
    share, left = Share(), len(star.TABLES)
    with reading():
        watch(0.0, "reading")
        connection = _prepared(first_day, last_day)
        for table, query in star.TABLES.items():
            share.enter(part=EVENTS_PART if table == "events" else 1 / left)
            left -= 1
            if table == "events":
                share.expect(number_of_rows())
            batches = _watched(_batches(connection, query), table, share, watch)
            rows = sheets.write(batches, to=to, name=table, file_format=file_format)
            yield Exported(table, rows)


def _watched(
    batches: Iterator[pa.RecordBatch], table: str, share: Share, watch: Watch
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        share.add(batch.num_rows)
        watch(float(share), table)


def _prepared(first_day: date, last_day: date) -> Any:
    """Return a DuckDB connection with what the tables are made of."""
    backend = connect()
    links = links_of(events_table(backend))  # of all days: a link holds for ever
    backend.create_table("links", links, temp=True)
    around = events_table(
        backend,
        first_day=(first_day - timedelta(days=1)).isoformat(),  # a session may begin the
        last_day=(last_day + timedelta(days=1)).isoformat(),  # evening before
    )
    backend.create_view("lake", around, overwrite=True)
    _fill_stays(backend.con, first_day, last_day)
    backend.con.execute(star.MACROS)
    backend.con.execute(star.PEOPLE.format(first_day=first_day, last_day=last_day))
    backend.con.execute(star.VISITS.format(gap=settings().SESSION_GAP_SECONDS * 1_000))
    backend.con.execute(star.PLACED)
    return backend.con


STAYS = pa.schema(
    [
        ("visitor_id", pa.string()),
        ("segment", pa.string()),
        ("segment_name", pa.string()),
        ("entered_at", pa.int64()),
        ("exited_at", pa.int64()),
    ]
)


def _fill_stays(connection: Any, first_day: date, last_day: date) -> None:
    """Copy the memberships that touch the days out of the database, a batch at a time."""
    begin = datetime.combine(first_day, time.min, UTC)
    end = datetime.combine(last_day, time.max, UTC)
    rows = Membership.objects.filter(
        Q(exited_at=None) | Q(exited_at__gte=begin), entered_at__lte=end
    ).values_list("visitor__subject", "segment__slug", "segment__name", "entered_at", "exited_at")
    connection.register("batch", STAYS.empty_table())
    connection.execute("CREATE TEMP TABLE stays AS FROM batch")
    found = rows.iterator(chunk_size=ROWS_AT_ONCE)
    while some := list(islice(found, ROWS_AT_ONCE)):
        stays = [
            (*row[:3], _milliseconds(row[3]), row[4] and _milliseconds(row[4])) for row in some
        ]
        columns = zip(*stays, strict=True)
        arrays = [pa.array(values, each.type) for values, each in zip(columns, STAYS, strict=True)]
        connection.register("batch", pa.Table.from_arrays(arrays, schema=STAYS))
        connection.execute("INSERT INTO stays FROM batch")


def _batches(connection: Any, query: str) -> Iterator[pa.RecordBatch]:
    reader = connection.sql(query).to_arrow_reader(ROWS_AT_ONCE)
    nothing = pa.RecordBatch.from_pylist([], schema=reader.schema)
    for batch in chain([nothing], reader):  # a table without rows has columns all the same
        if "properties" in batch.schema.names:
            texts = [_json(event_of(body).properties).decode() for body in _bodies(batch)]
            place = batch.schema.get_field_index("properties")
            yield batch.set_column(place, "properties", pa.array(texts, pa.string()))
        else:
            yield batch


def _bodies(batch: pa.RecordBatch) -> list[bytes]:
    bodies: list[bytes] = batch["properties"].to_pylist()
    return bodies


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)
