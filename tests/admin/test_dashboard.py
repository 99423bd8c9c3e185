"""The dashboard."""

import time

from django.urls import reverse
from django.utils import timezone

from personalize.connections import worker_redis
from personalize.keys import tally_field, tally_key
from personalize.measure.health import give_sign
from personalize.models import SegmentSize, Tally
from tests.factories import (
    PlacementFactory,
    SegmentFactory,
    ShowingFactory,
    SlotFactory,
    TallyFactory,
)

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


def test_what_the_open_page_asks_for_again_is_the_status_alone(owner):
    page = owner.get(reverse(ADDRESS), {"part": "status"})

    assert "No worker has given a sign" in page.content.decode()
    assert not any(part in page.content.decode() for part in ("<svg", "<html", "Segment sizes"))
    assert "no-store" in page["Cache-Control"]


def test_the_status_needs_the_permission_as_well(staff):
    assert staff("view_segment").get(reverse(ADDRESS), {"part": "status"}).status_code == 403


def test_it_tells_what_is_personalised_where(owner):
    hour = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    SlotFactory(key="hero", name="Hero of the home page")
    for key, served in (("hero", 4_321), ("teaser", 77)):
        showing = ShowingFactory(slot=key)
        TallyFactory(metric="served", key=showing.exposure, hour=hour, count=served)
        PlacementFactory(slot=key, path=f"/{key}/", served=served)

    page = owner.get(reverse(ADDRESS)).content.decode()

    assert "Hero of the home page" in page
    assert ">4,321</td>" in page
    assert "/hero/" in page
    assert reverse("admin:personalize_slot_shown") + "?slot=teaser" in page
    assert "its audience matched 4,398" in page


def test_what_waits_for_the_first_event_turns_green_before_it_is_flushed(owner):
    assert "px-warn" in owner.get(reverse(ADDRESS), {"part": "first-event"}).content.decode()
    field = tally_field("events", at=time.time_ns() // 1_000_000, key="Page Viewed")
    worker_redis().hincrby(tally_key(3), field, 1)

    part = owner.get(reverse(ADDRESS), {"part": "first-event"}).content.decode()

    assert "px-good" in part
    assert "The first event is here: Page Viewed." in part
    assert "personalize_scripts" not in owner.get(reverse(ADDRESS)).content.decode()
