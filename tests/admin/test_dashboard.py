"""The dashboard."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from personalize.admin.dashboard import faults
from personalize.connections import worker_redis
from personalize.measure.health import Readiness, give_sign
from personalize.models import SegmentSize, Tally
from personalize.stream.protocol import Lag
from tests.factories import SegmentFactory

ADDRESS = "admin:personalize_dashboard_changelist"


def test_it_lives_beside_the_models_and_shows_numbers_twice_as_plot_and_as_table(owner):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    Tally.objects.create(metric="events", key="Page Viewed", hour=hour, count=1_234)
    SegmentSize.objects.create(segment=SegmentFactory(name="VIP"), counted_at=hour, visitors=7)

    page = owner.get(reverse(ADDRESS)).content.decode()

    assert reverse(ADDRESS) == "/admin/personalize/dashboard/"
    assert "<svg" in page
    assert ">1,234</td>" in page
    assert "VIP" in page


def test_it_teaches_how_to_send_the_first_event(owner):
    page = owner.get(reverse(ADDRESS)).content.decode()

    assert "Waiting for the first event" in page
    assert "personalize_scripts" in page


def test_all_is_well_when_worker_and_beat_give_signs(owner):
    give_sign("worker")
    give_sign("beat")

    assert "All parts answer" in owner.get(reverse(ADDRESS)).content.decode()


def test_a_worker_that_fell_silent_raises_the_banner_U16(owner):
    worker_redis().hset("px:signs", mapping={"worker": time.time() - 61, "beat": time.time() - 61})

    assert "No worker has given a sign" in owner.get(reverse(ADDRESS)).content.decode()


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


def test_what_the_open_page_asks_for_again_is_the_status_alone(owner):
    page = owner.get(reverse(ADDRESS), {"part": "status"})

    assert "Waiting for the first event" in page.content.decode()
    assert "No worker has given a sign" in page.content.decode()
    assert not any(part in page.content.decode() for part in ("<svg", "<html", "Segment sizes"))
    assert "no-store" in page["Cache-Control"]


def test_the_status_needs_the_permission_as_well(staff):
    assert staff("view_segment").get(reverse(ADDRESS), {"part": "status"}).status_code == 403
