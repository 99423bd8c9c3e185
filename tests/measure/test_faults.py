"""What is wrong, in sentences."""

import pytest
from django.utils import timezone

from personalize.measure.faults import faults
from personalize.measure.health import Readiness
from personalize.stream.protocol import Lag


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"redis": "x"}, "Redis does not answer"),
        ({"stream": "x"}, "The stream does not answer"),
        ({"database": "x"}, "The database does not answer"),
        (
            {"lags": (Lag(5, 61.0), Lag(1, 2.0))},
            "Profiles are 1 minute behind what visitors do; 6 events wait.",
        ),
        ({"beat_seconds": 61.0}, "Beat has given no sign"),
        ({"worker_seconds": 61.0, "beat_seconds": 61.0}, "No worker has given a sign"),
    ],
)
def test_each_fault_is_said_in_one_sentence(state, sentence):
    well = {"worker_seconds": 1.0, "beat_seconds": 1.0}

    (said,) = faults(Readiness(checked_at=timezone.now(), **{**well, **state}))

    assert sentence in said


def test_a_lag_of_a_minute_is_no_fault_yet():
    lags = (Lag(5, 60.0),)

    assert not faults(
        Readiness(checked_at=timezone.now(), lags=lags, worker_seconds=1.0, beat_seconds=1.0)
    )
