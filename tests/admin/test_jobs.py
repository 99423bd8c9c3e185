"""The jobs' screens."""

from django.urls import reverse

from personalize.jobs.pulse import pulse
from personalize.models import Job
from tests.factories import JobFactory
from tests.jobs.conftest import exports, lake

__all__ = ["exports", "lake"]

LIST = "admin:personalize_job_changelist"
ASK = "admin:personalize_job_ask"


def page_of(client, job: Job) -> str:
    return client.get(reverse("admin:personalize_job_change", args=[job.pk])).content.decode()


def press(client, job: Job, name: str):
    return client.post(reverse("admin:personalize_job_press", args=[job.pk, name]), follow=True)


def test_a_job_that_is_asked_for_waits_for_a_worker(owner, lake, exports):
    answer = owner.post(
        reverse(ASK),
        {"kind": "export", "export-format": "csv", "export-first_day": "2026-01-31"},
        follow=True,
    )

    job = Job.objects.get()
    assert (job.kind, job.arguments) == ("export", {"format": "csv", "from": "2026-01-31"})
    assert job.asked_by.username.startswith("editor")
    assert "It waits for a worker" in answer.content.decode()


def test_days_that_end_before_they_begin_are_refused(owner, lake, exports):
    days = {"export-first_day": "2026-02-01", "export-last_day": "2026-01-01"}
    answer = owner.post(reverse(ASK), {"kind": "export", "export-format": "csv", **days})

    assert "Expected the first day or a later one." in answer.content.decode()
    assert not Job.objects.exists()


def test_an_export_is_offered_only_where_the_site_says_where_to(owner, lake, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "EXPORT_URL": ""}
    page = owner.get(reverse(ASK)).content.decode()

    assert "Make profiles anew" in page
    assert "Export events" not in page


def test_each_may_ask_only_for_what_the_permission_says(staff, lake, exports):
    analyst = staff("view_job", "export_events")
    page = analyst.get(reverse(ASK)).content.decode()
    assert "Export events" in page
    assert "Make profiles anew" not in page

    analyst.post(reverse(ASK), {"kind": "rebuild"})
    assert not Job.objects.exists()
    assert staff("view_job").get(reverse(ASK)).status_code == 403
    assert "Start a job" not in staff("view_job").get(reverse(LIST)).content.decode()


def test_the_page_says_how_far_the_job_is(owner):
    job = JobFactory(state="running")
    with pulse(job.uuid) as beating:
        beating.watch(0.25, "reading")
        beating._tell()
        told = owner.get(reverse("admin:personalize_job_state", args=[job.pk])).json()

    assert (told["state"], told["percent"], told["isOpen"]) == ("Running", 25, True)
    assert told["said"].startswith("reading events, 25 % done, about")


def test_a_job_without_a_sign_says_so(owner):
    assert "No sign of its worker" in page_of(owner, JobFactory(state="running"))


def test_the_state_is_for_those_who_may_see_jobs(staff):
    address = reverse("admin:personalize_job_state", args=[JobFactory().pk])
    assert staff("view_segment").get(address).status_code == 403


def test_a_job_is_cancelled_and_done_again_by_button(owner):
    job = JobFactory()
    press(owner, job, "cancel")
    job.refresh_from_db()
    assert job.state == "cancelled"

    press(owner, job, "repeat")
    job.refresh_from_db()
    assert job.state == "waiting"


def test_nobody_cancels_what_they_may_not_ask_for(staff):
    job = JobFactory(kind="rebuild")
    assert press(staff("view_job", "export_events"), job, "cancel").status_code == 403


def test_the_last_error_and_the_result_are_shown(owner):
    failed = JobFactory(state="failed", error="OSError: no space left")
    done = JobFactory(state="done", result={"rows": 1_234, "different": 5})

    assert "OSError: no space left" in page_of(owner, failed)
    page = page_of(owner, done)
    assert "1,234" in page
    assert "profiles that differed" in page


def test_the_files_of_an_export_are_for_those_who_may_export(owner, staff, exports):
    job = JobFactory(kind="export", state="done", result={"events": 2})
    folder = exports / str(job.uuid)
    folder.mkdir(parents=True)
    (folder / "events.csv").write_text("a,b\n")
    address = reverse("admin:personalize_job_file", args=[job.pk, "events.csv"])

    assert address in page_of(owner, job)
    answer = owner.get(address)
    assert b"".join(answer.streaming_content) == b"a,b\n"
    assert answer["Content-Disposition"] == 'attachment; filename="events.csv"'
    assert owner.get(address.replace("events", ".events")).status_code == 404
    reader = staff("view_job", "rebuild_profiles")
    assert reader.get(address).status_code == 403
    assert "events.csv" not in page_of(reader, job)


def test_a_stopped_redis_does_not_hide_the_page(owner, no_redis):
    assert "No sign of its worker" in page_of(owner, JobFactory(state="running"))
