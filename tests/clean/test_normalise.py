"""Believable times."""

import pytest
from msgspec.structs import replace

from personalize.clean.normalise import DAY_MS, clamp_times
from personalize.testing import event_of

NOW = 1_700_000_000_000
MINUTE = 60_000


def arrived(timestamp: int, **more):
    return replace(event_of("a:visitor"), timestamp=timestamp, received_at=NOW, **more)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (NOW, NOW),
        (NOW - 6 * DAY_MS, NOW - 6 * DAY_MS),
        (NOW - 8 * DAY_MS, NOW - 7 * DAY_MS),
        (NOW + 4 * MINUTE, NOW + 4 * MINUTE),
        (NOW + 366 * DAY_MS, NOW + 5 * MINUTE),
        (0, NOW - 7 * DAY_MS),
        (-5, NOW - 7 * DAY_MS),
    ],
)
def test_a_browsers_time_is_held_near_its_arrival(given, kept):
    (event,) = clamp_times([arrived(given)])
    assert event.timestamp == kept
    assert event.original_timestamp == (None if given == kept else given)


def test_a_trusted_source_keeps_its_history_but_not_its_future():
    past, future = clamp_times([arrived(0, source="crm"), arrived(NOW + DAY_MS, source="crm")])
    assert past.timestamp == 0
    assert future.timestamp == NOW + 5 * MINUTE


def test_the_time_given_first_is_the_one_kept():
    (event,) = clamp_times([arrived(0, original_timestamp=7)])
    assert event.original_timestamp == 7


def test_clamping_twice_is_clamping_once():
    once = clamp_times([arrived(0), arrived(NOW)])
    assert clamp_times(once) == once
