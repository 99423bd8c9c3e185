"""Rows become columns."""

from datetime import UTC, datetime

import pytest

from personalize.events.event import encode
from personalize.events.timestamps import LATEST
from personalize.lake.batch import batch_of, day_of
from personalize.lake.row import Row
from personalize.lake.schema import SCHEMA
from tests.lake.conftest import event


def test_a_row_has_a_column_for_everything_an_event_has():
    viewed = event(1, properties={"price": 3.5, "page": {"path": "/"}}, notes=["coerced:price"])
    (row,) = batch_of([Row(3, 99, 0, encode(viewed))]).to_pylist()
    assert row == {
        "day": "2026-09-21",
        "subject": "a:visitor",
        "type": "track",
        "event": "Product Viewed",
        "message_id": "m1",
        "timestamp": viewed.timestamp,
        "received_at": viewed.received_at,
        "original_timestamp": None,
        "anonymous_id": "visitor",
        "user_id": "",
        "source": "browser",
        "bot": "",
        "properties": [("page", 'j{"path":"/"}'), ("page.path", "s/"), ("price", "n3.5")],
        "traits": [],
        "context": [],
        "notes": ["coerced:price"],
        "body": encode(viewed),
        "shard": 3,
        "sequence": 99,
        "number": 0,
    }


def test_no_rows_make_an_empty_batch():
    assert batch_of([]).schema == SCHEMA


@pytest.mark.parametrize("at", [0, 1, 86_399_999, 86_400_000, 951_782_400_000, LATEST])
def test_a_day_is_that_of_the_calendar_F14(at: int):
    assert day_of(at) == datetime.fromtimestamp(at / 1_000, UTC).date().isoformat()


@pytest.mark.parametrize(
    ("at", "day"), [(-1, "1969-12-31"), (-(10**18), "0001-01-01"), (10**18, "9999-12-31")]
)
def test_a_time_that_no_clock_shows_has_a_day_all_the_same_F14(at: int, day: str):
    assert day_of(at) == day
