"""The audit of a day, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from personalize import metrics
from personalize.connections import worker_redis
from personalize.measure.audit import audit, broken, report_day, report_yesterday
from personalize.models import DataQualityReport
from personalize.tasks import audit as audit_task
from tests.streamed import drain_all, send, view

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


def test_a_day_on_which_all_adds_up_is_reported_so():
    send(view(1))
    drain_all()
    report = report_day(now().date(), now=now())
    assert report.is_ok
    assert report.findings["lines"][0]["stored"] == 1


def test_what_is_lost_is_an_incident_and_a_note_until_it_is_found():
    send(view(1))
    waiting = {key: worker_redis().dump(key) for key in worker_redis().keys("px:*:events")}
    worker_redis().delete(*waiting)
    before = metrics.snapshot().get("audit.broken", 0)
    assert not report_day(now().date(), now=now()).is_ok
    assert metrics.snapshot()["audit.broken"] == before + 1
    assert [report.day for report in broken(now=now())] == [now().date()]
    for key, value in waiting.items():
        worker_redis().restore(key, 0, value, replace=True)
    report_day(now().date(), now=now())
    assert broken(now=now()) == []


def test_yesterday_is_reported_once():
    assert report_yesterday(now=now())
    made_at = DataQualityReport.objects.get().made_at
    assert report_yesterday(now=now())
    assert DataQualityReport.objects.get().made_at == made_at
    audit_task(True)
    assert DataQualityReport.objects.get().made_at > made_at


def test_an_audit_of_one_source_is_of_that_alone():
    send(view(1), view(2, source="till"))
    today = now().date()
    found = audit(first=today - timedelta(days=1), last=today, source="till", now=now())
    assert [line.source for line in found.law.lines] == ["till"]
    assert found.holds
