"""What the lake has by day and source, and what has left it."""

from datetime import UTC, date, datetime

import pytest

from personalize.lake.maintain import forget_old
from personalize.lake.outbox import put
from personalize.lake.write import write_waiting
from personalize.measure.counts import InLake
from personalize.measure.lake_rows import lake_rows, note_removed
from personalize.models import Tally
from tests.lake.conftest import event
from tests.lake.conftest import lake as lake  # a fixture

pytestmark = pytest.mark.django_db
DAY = datetime.fromtimestamp(1_790_000_000, UTC).date()


def test_rows_and_what_waits_are_told_apart_and_no_systems_events_count(lake):
    put("a:visitor", [event(1), event(2, type="link")])
    write_waiting()
    put("a:visitor", [event(3), event(4, source="till"), event(5, type="merge")])
    assert lake_rows(first=DAY, last=DAY) == {
        (DAY, "browser"): InLake(1, 1),
        (DAY, "till"): InLake(0, 1),
    }


def test_what_is_written_and_not_yet_trimmed_is_counted_once(lake, monkeypatch):
    put("a:visitor", [event(1)])
    monkeypatch.setattr("personalize.lake.outbox.trim", lambda committed: None)
    write_waiting()
    assert lake_rows(first=DAY, last=DAY) == {(DAY, "browser"): InLake(1, 0)}


def test_what_retention_removes_is_counted_once(lake):
    put("a:visitor", [event(1), event(2), event(3, type="link")])
    write_waiting()
    assert forget_old(today=date(2036, 1, 1)) == 3
    for _ in range(2):
        note_removed()
    row = Tally.objects.get(metric="removed")
    assert (row.key, row.count, row.hour.date()) == ("browser", 2, DAY)
