"""The lake as queries see it: an Ibis table on DuckDB, and the events of subjects in order."""

import itertools
from collections.abc import Iterator
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from personalize.lake.schema import SCHEMA
from personalize.lake.table import days_between, files_of, lake_table

if TYPE_CHECKING:
    import ibis
    from ibis.backends.duckdb import Backend

MEMORY = "1GB"  # what a query may take before it goes on in temporary files
BATCH_ROWS = 10_000

_names = (f"lake_{number}" for number in itertools.count())


def connect(*, memory: str = MEMORY) -> "Backend":
    """Return a new DuckDB in memory that spills what is larger to temporary files."""
    import ibis  # noqa: PLC0415  # slow to import, and no page may

    backend = ibis.duckdb.connect(
        memory_limit=memory, temp_directory=gettempdir(), preserve_insertion_order=False
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    return backend


def events_table(
    connection: "Backend | None" = None,
    *,
    first_day: str = "",
    last_day: str = "",
    table: DeltaTable | None = None,
) -> "ibis.Table":
    """Return the lake as an Ibis table with the columns of `SCHEMA`.

    It is as it is now, or as a `table` that was opened before. Of days only those from the first to
    the last are read, both included (YYYY-MM-DD, UTC).
    """
    backend = connection or connect()
    table, name = table or lake_table(), next(_names)
    files = files_of(table, first_day=first_day, last_day=last_day)
    if not files:
        backend.con.register(name, SCHEMA.empty_table())
    elif "://" in files[0]:
        # DuckDB reads remote files by an extension that it downloads; Arrow has what it takes.
        backend.con.register(name, _dataset(table, first_day=first_day, last_day=last_day))
    else:
        backend.raw_sql(_view(name, files))
    return backend.table(name).select(*SCHEMA.names)


def arrow_batches(connection: "Backend", query: "ibis.Table") -> Iterator[pa.RecordBatch]:
    """Yield the rows of a query in batches; ibis itself would ask DuckDB 2 in words of before."""
    result = connection.con.sql(connection.compile(query))
    yield from result.to_arrow_reader(BATCH_ROWS)


def event_batches(
    connection: "Backend | None" = None, *, where: Any = None
) -> Iterator[pa.RecordBatch]:
    """Yield `subject`, `sequence`, `number`, `body` of rows, subject by subject in order of effect.

    `where`, given the Ibis table, returns the condition on the rows. What does not fit into memory
    is sorted in temporary files.
    """
    backend = connection or connect()
    events = events_table(backend)
    if where is not None:
        events = events.filter(where(events))
    ordered = events.order_by("subject", "sequence", "number")
    yield from arrow_batches(backend, ordered.select("subject", "sequence", "number", "body"))


def count_rows(*, where: Any) -> int:
    """Return how many rows there are that `where` chooses."""
    backend = connect()
    events = events_table(backend)
    counted = events.filter(where(events)).count().name("number").as_table()
    return sum(
        row for batch in arrow_batches(backend, counted) for row in batch["number"].to_pylist()
    )


def _dataset(table: DeltaTable, *, first_day: str, last_day: str) -> Any:
    days = days_between(first_day, last_day)
    return table.to_pyarrow_dataset(file_pruning_predicate=days)


def _view(name: str, files: list[str]) -> str:
    paths = ", ".join(_quoted(unquote(path)) for path in files)
    columns = ", ".join(f'"{column}"' for column in SCHEMA.names)
    return (
        f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM read_parquet([{paths}], "  # noqa: S608
        "hive_partitioning = true, hive_types = {'day': VARCHAR})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
