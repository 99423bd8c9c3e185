"""Exports lie where the site says, and not for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from personalize.jobs.files import can_export, files_of, folder_of, forget_old
from personalize.models import Job
from tests.factories import JobFactory

pytestmark = pytest.mark.django_db


def test_files_of_a_job_are_those_that_are_complete(exports) -> None:
    job = JobFactory(kind="export")
    folder = exports / str(job.uuid)
    folder.mkdir(parents=True)
    (folder / "events.csv").write_text("a")
    (folder / ".visitors.csv.part").write_text("a")
    assert [file.name for file in files_of(job.uuid)] == ["events.csv"]
    assert files_of(JobFactory().uuid) == []


def test_an_address_of_a_bucket_is_no_folder(settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "EXPORT_URL": "s3://bucket/exports/"}
    uuid = JobFactory().uuid
    assert folder_of(uuid) == f"s3://bucket/exports/{uuid}"
    assert files_of(uuid) == []


def test_nothing_is_exported_where_no_place_is_named(settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "EXPORT_URL": "", "LAKE_URL": "x"}
    assert not can_export()


def test_files_go_after_days_and_rows_after_months(exports) -> None:
    now = timezone.now()
    ages = {"fresh": 1, "stale": 8, "old": 91}
    jobs = {
        name: JobFactory(kind="export", state="done", ended_at=now - timedelta(days=days))
        for name, days in ages.items()
    }
    for job in jobs.values():
        (exports / str(job.uuid)).mkdir(parents=True)

    forget_old(now=now)

    left = {name for name, job in jobs.items() if (exports / str(job.uuid)).exists()}
    assert left == {"fresh"}
    assert set(Job.objects.all()) == {jobs["fresh"], jobs["stale"]}


def test_the_row_stays_as_long_as_the_files(exports, settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "EXPORT_DAYS": 120}
    now = timezone.now()
    job = JobFactory(kind="export", state="done", ended_at=now - timedelta(days=100))
    (exports / str(job.uuid)).mkdir(parents=True)

    forget_old(now=now)
    assert Job.objects.filter(pk=job.pk).exists()

    forget_old(now=now + timedelta(days=21))
    assert not (exports / str(job.uuid)).exists()
    assert not Job.objects.filter(pk=job.pk).exists()
