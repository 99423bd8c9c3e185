"""The data-quality page."""

from datetime import UTC, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from personalize.admin.dashboard import unaudited
from personalize.connections import worker_redis
from personalize.keys import partition_tally_key, tally_field
from personalize.lake.write import write_waiting
from personalize.measure.audit import report_day
from personalize.models import DataQualityReport
from tests.factories import TallyFactory
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.streamed import drain_all, send, view

ADDRESS = "admin:personalize_dataqualityreport_changelist"


def today():
    return datetime.now(UTC).date()


def test_it_shows_the_law_by_source_and_trends_as_plot_and_as_table(owner):
    TallyFactory(
        metric="accepted", key="shop", count=1_234, hour=timezone.now() - timedelta(days=1)
    )
    TallyFactory(metric="stored", key="shop", count=1_234, hour=timezone.now() - timedelta(days=1))
    TallyFactory(metric="cleaned:converted", key="shop", count=7, hour=timezone.now())

    page = owner.get(reverse(ADDRESS)).content.decode()

    assert page.count("1,234") >= 2
    assert all(part in page for part in ("is somewhere, once", "<svg", "converted", "Stored"))


def test_what_is_lost_is_said_in_red(owner):
    hour = int(timezone.now().timestamp() * 1_000)
    worker_redis().hincrby(partition_tally_key(0), tally_field("accepted", at=hour, key="shop"), 3)

    page = owner.get(reverse(ADDRESS)).content.decode()

    assert "3 events are lost" in page


def test_a_day_that_does_not_add_up_is_a_note_on_the_dashboard(db):
    DataQualityReport.objects.create(day=today() - timedelta(days=1), is_ok=False)

    assert "do not add up" in unaudited()[0]


def test_what_was_mended_is_no_note_any_more(db):
    DataQualityReport.objects.create(day=today(), is_ok=False)

    report_day(today(), now=timezone.now())

    assert DataQualityReport.objects.get().is_ok


def test_it_needs_its_permission(staff):
    assert staff("view_segment").get(reverse(ADDRESS)).status_code == 403
    assert staff("view_dataqualityreport").get(reverse(ADDRESS)).status_code == 200


def test_without_redis_it_says_so(owner, no_redis):
    assert "Redis does not answer" in owner.get(reverse(ADDRESS)).content.decode()


def test_samples_are_masked_and_need_their_permission(staff, lake):  # noqa: F811
    send(view(1, properties={"email": "ada@example.com", "plan": "gold"}))
    drain_all()
    write_waiting()

    seen = staff("view_dataqualityreport", "view_raw_events").get(reverse(ADDRESS), {"samples": 1})
    hidden = staff("view_dataqualityreport").get(reverse(ADDRESS), {"samples": 1})

    assert "gold" in seen.content.decode()
    assert "ada@" not in seen.content.decode()
    assert "gold" not in hidden.content.decode()


def test_the_button_asks_a_worker(owner):
    address = reverse("admin:personalize_dataqualityreport_audit")

    assert owner.get(address).status_code == 405
    assert owner.post(address).status_code == 302
