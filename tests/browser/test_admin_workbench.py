"""Jobs, histories and the configuration as JSON in a browser: axe finds nothing serious."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from personalize import revisions
from personalize.jobs.pulse import pulse
from tests.browser.test_admin_accessibility import IN_KEEN, KEEN, grave_violations, visit
from tests.factories import JobFactory, SegmentFactory

__all__ = ["visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def addresses(settings, tmp_path) -> dict[str, str]:
    """The screens with something on them."""
    folders = {"LAKE_URL": str(tmp_path / "lake"), "EXPORT_URL": str(tmp_path / "exports")}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **folders}
    segment, gone = SegmentFactory(name="Keen visitors", rule=KEEN), SegmentFactory(name="Gone")
    SegmentFactory(slug="keen")
    revisions.note_before([segment])
    with revisions.recorded():
        segment.name, segment.rule, segment.is_live = "Keener visitors", IN_KEEN, False
        segment.save()
    revisions.note_deletion(gone, by=None)
    gone.delete()
    done = JobFactory(
        state="done", share=1.0, ended_at=timezone.now(), result={"rows": 12_345, "different": 7}
    )
    failed = JobFactory(kind="export", state="failed", share=0.4, error="OSError: no space left")
    job = "admin:personalize_job_change"
    return {
        "history": reverse("admin:personalize_segment_history", args=[segment.pk]),
        "deleted": reverse("admin:personalize_segment_deleted"),
        "segments": reverse("admin:personalize_segment_changelist"),
        "jobs": reverse("admin:personalize_job_changelist"),
        "job-ask": reverse("admin:personalize_job_ask"),
        "job-done": reverse(job, args=[done.pk]),
        "job-failed": reverse(job, args=[failed.pk]),
        "configuration": reverse("admin:personalize_configuration_changelist"),
    }


def shot(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, addresses, scheme, console_errors):
    found = []
    for name, address in addresses.items():
        page = visit(address)
        assert console_errors == []
        page.emulate_media(color_scheme=scheme)
        shot(page, f"{name}-{scheme}")
        found += [f"{name}: {grave}" for grave in grave_violations(page)]
        console_errors.clear()  # axe and the camera write styles that the policy refuses
    assert not found, "\n".join(found)


def test_a_jobs_page_follows_it_until_it_is_over_U15(visit, addresses):
    job = JobFactory(state="running")
    with pulse(job.uuid) as beating:
        beating.watch(0.25, "reading")
        beating._tell()
        page = visit(reverse("admin:personalize_job_change", args=[job.pk]))
        page.get_by_text("25 % done").wait_for()
        shot(page, "job-running")
        beating.watch(0.6, "settling")
        page.get_by_text("60 % done").wait_for()
        assert page.locator("progress").evaluate("bar => bar.value") == 60
    job.end("done", at=timezone.now(), result={"rows": 5}, share=1.0)
    page.get_by_text("events read").wait_for()
    assert page.get_by_role("button", name="Cancel").count() == 0


def test_a_change_is_undone_by_one_click(visit, addresses):
    page = visit(addresses["history"])
    page.get_by_role("button", name="Undo this change").click()
    page.get_by_text("is as it was").wait_for()
    assert page.input_value("#id_name") == "Keen visitors"


def test_what_was_deleted_comes_back_by_one_click(visit, addresses):
    page = visit(addresses["deleted"])
    page.get_by_role("button", name="Bring Gone back").click()
    page.get_by_text("is as it was").wait_for()


def test_a_file_is_looked_at_and_loaded(visit, addresses, tmp_path):
    page = visit(addresses["configuration"])
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    text = Path(started.value.path()).read_text().replace("Keener visitors", "From elsewhere")
    file = tmp_path / "site.json"
    file.write_text(text)
    page.unroute_all()  # what fetches in the browser's place loses files
    page.route("**/favicon.ico*", lambda route: route.fulfill(status=204))
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("From elsewhere").first.wait_for()
    shot(page, "configuration-looked-at")
    page.get_by_role("button", name="Load it").click()
    page.get_by_text("1 row was loaded.").wait_for()
