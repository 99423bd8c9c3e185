"""Queries see the lake's columns, only the days they ask for, and a subject's events in order."""

from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from personalize.events.event import encode
from personalize.lake.batch import batch_of
from personalize.lake.read import connect, event_batches, events_table
from personalize.lake.row import Row, event_of
from personalize.lake.schema import SCHEMA
from personalize.lake.table import lake_table
from tests.lake.conftest import event

DAY = 86_400


def put(*rows: Row) -> None:
    """Append rows to the lake without an outbox."""
    write_deltalake(lake_table(), batch_of(rows), mode="append")


def number_of_rows(query) -> int:
    """Return how many rows a query gives."""
    return query.count().to_pyarrow().as_py()


def test_a_query_reads_typed_values(lake: Path):
    put(Row(0, 1, 0, encode(event(1, properties={"price": 3.5}))))
    events = events_table()
    found = events.select(price=events.properties["price"]).to_pyarrow().to_pylist()
    assert found == [{"price": "n3.5"}]


def test_the_columns_are_those_of_the_schema(lake: Path):
    put(Row(0, 1, 0, encode(event(1))))
    assert list(events_table().columns) == SCHEMA.names
    assert events_table().to_pyarrow().schema.field("properties").type == pa.map_(
        pa.string(), pa.string()
    )


def test_an_empty_lake_is_a_table_without_rows(lake: Path):
    assert number_of_rows(events_table()) == 0


def test_only_the_days_asked_for_are_read(lake: Path):
    put(*(Row(0, 1, number, encode(event(number * DAY))) for number in range(3)))
    days = events_table(first_day="2026-09-22").day.to_pyarrow().to_pylist()
    assert sorted(days) == ["2026-09-22", "2026-09-23"]


def test_one_connection_reads_the_lake_twice(lake: Path):
    connection = connect()
    before = events_table(connection)
    put(Row(0, 1, 0, encode(event(1))))
    after = events_table(connection)
    assert (number_of_rows(before), number_of_rows(after)) == (0, 1)


def test_a_folder_may_have_a_quote_in_its_name(settings, tmp_path: Path):
    folder = tmp_path / "editor's x=1"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(folder)}
    put(Row(0, 1, 0, encode(event(1))))
    assert number_of_rows(events_table()) == 1


def test_events_come_subject_by_subject_in_order_of_effect(lake: Path):
    put(
        Row(1, 5, 1, encode(event(1, subject="a:stranger"))),
        Row(0, 3, 0, encode(event(2))),
        Row(1, 5, 0, encode(event(3, subject="a:stranger"))),
    )
    put(Row(0, 2, 0, encode(event(4))))
    bodies = [body for batch in event_batches() for body in batch["body"].to_pylist()]
    assert [event_of(body).message_id for body in bodies] == ["m3", "m1", "m4", "m2"]


def test_events_can_be_those_of_one_subject(lake: Path):
    put(Row(0, 3, 0, encode(event(2))), Row(0, 3, 1, encode(event(3, subject="a:stranger"))))
    chosen = event_batches(where=lambda events: events.subject == "a:stranger")
    assert [body for batch in chosen for body in batch["subject"].to_pylist()] == ["a:stranger"]
