"""Jobs: from waiting to an end, and back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from personalize.models import Job
from tests.factories import JobFactory

pytestmark = pytest.mark.django_db


def test_a_second_worker_goes_on_where_time_began() -> None:
    job, now = JobFactory(), timezone.now()
    job.begin(at=now)
    job.begin(at=now + timedelta(minutes=1))
    assert (job.attempts, job.started_at, job.state) == (2, now, "running")


def test_a_turn_that_has_not_come_is_no_attempt() -> None:
    job = JobFactory()
    job.begin(at=timezone.now())
    job.put_back()
    job.refresh_from_db()
    assert (job.attempts, job.state) == (0, "waiting")


@pytest.mark.parametrize(
    ("state", "can_be_cancelled", "can_be_repeated"),
    [
        ("waiting", True, False),
        ("running", True, False),
        ("stopping", False, False),
        ("done", False, False),
        ("failed", False, True),
        ("cancelled", False, True),
    ],
)
def test_what_may_be_done_with_it_follows_from_its_state(
    state: str, can_be_cancelled: bool, can_be_repeated: bool
) -> None:
    job = JobFactory(state=state)
    assert (job.can_be_cancelled, job.can_be_repeated) == (can_be_cancelled, can_be_repeated)
    assert job.is_open == (job in Job.objects.open())
