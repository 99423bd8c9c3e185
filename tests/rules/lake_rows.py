"""Small tables of events, as the lake has them, for tests of queries."""

from typing import Any

import ibis
import pyarrow as pa

from personalize.lake.batch import batch_of
from personalize.lake.row import decode_rows, encode_rows
from personalize.lake.schema import SCHEMA
from tests.lake.conftest import event

NOW = 1_790_000_100_000


def table_of(*events: dict[str, Any]) -> ibis.Table:
    """Return a table of events, each described by its fields, that took effect in this order."""
    batches = [
        batch_of(list(decode_rows(encode_rows([event(n, **each)]), shard=0, sequence=n)))
        for n, each in enumerate(events)
    ]
    connection = ibis.duckdb.connect()
    connection.con.register("events", pa.Table.from_batches(batches, schema=SCHEMA))
    return connection.table("events")


def rows_of(expression: ibis.Table) -> list[dict[str, Any]]:
    """Return the rows, in the order of people."""
    return sorted(
        expression.get_backend().to_pyarrow(expression).to_pylist(), key=lambda row: row["person"]
    )


def people_in(expression: ibis.Table) -> list[str]:
    """Return the people, sorted."""
    return [row["person"] for row in rows_of(expression)]


def link(visitor: str, user_id: str, **properties: Any) -> dict[str, Any]:
    """Describe the link of a visitor to a user."""
    fields = {"user_id": user_id, "proof": "login", **properties}
    return {"subject": visitor, "type": "link", "event": "Identity Linked", "properties": fields}


def number_of(expression: ibis.Table) -> int:
    """Return how many rows there are."""
    return int(expression.get_backend().to_pyarrow(expression.count()).as_py())
