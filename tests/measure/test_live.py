"""The state of the site in numbers."""

from datetime import UTC, datetime

from personalize.measure import catalogue
from personalize.measure.health import Readiness
from personalize.measure.live import live
from personalize.stream.protocol import Lag


def test_every_part_says_whether_it_is_up_and_every_partition_its_lag():
    state = Readiness(
        checked_at=datetime.now(UTC),
        database="gone",
        lags=(Lag(0, 0.0), Lag(7, 2.5)),
        worker_seconds=1.0,
        lake_waiting=9,
    )

    found = {(reading.name, reading.label): reading.value for reading in live(state)}

    assert found == {
        ("up", "redis"): 1.0,
        ("up", "database"): 0.0,
        ("up", "stream"): 1.0,
        ("lag_events", "0"): 0,
        ("lag_seconds", "0"): 0.0,
        ("lag_events", "1"): 7,
        ("lag_seconds", "1"): 2.5,
        ("lake_waiting", ""): 9,
        ("sign_seconds", "worker"): 1.0,
    }
    assert {name for name, _ in found} <= catalogue.LIVE.keys()
