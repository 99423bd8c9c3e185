"""A beat that starts amid a fail-over has its whole schedule afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InternalError, connection
from django_celery_beat.models import PeriodicTask

from cms_project.celery import app
from personalize import beat
from personalize.schedule import SCHEDULE


@pytest.mark.django_db(transaction=True)
def test_a_beat_that_starts_while_the_database_only_reads_adds_its_schedule_afterwards_F7(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beat, "PAUSE_SECONDS", 0.01)
    refused: list[str] = []

    def only_read(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if len(refused) < 3 and not sql.startswith("SELECT"):
            refused.append(sql)
            raise InternalError("cannot execute INSERT in a read-only transaction")
        return execute(sql, *rest)

    with connection.execute_wrapper(only_read):
        schedule = beat.Scheduler(app=app).schedule
    assert len(refused) == 3
    assert schedule.keys() >= SCHEDULE.keys()
    assert set(PeriodicTask.objects.values_list("name", flat=True)) >= SCHEDULE.keys()
