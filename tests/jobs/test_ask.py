"""Jobs are asked for, sent once, cancelled and repeated."""

import pytest

from personalize.connections import worker_redis
from personalize.jobs import ask as module
from personalize.jobs.ask import ask, cancel, repeat, send
from personalize.models import Job
from tests.factories import JobFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what goes to the broker: the network's edge."""
    found: list[str] = []
    app = type("App", (), {"send_task": lambda self, name, args, **_: found.append(args[0])})()
    monkeypatch.setattr(module, "current_app", app)
    return found


def test_a_job_goes_to_a_worker_when_its_row_is_there(
    sent, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask("export", arguments={"format": "csv"}, by=UserFactory())
        assert sent == []
    assert sent == [str(job.uuid)]
    assert job.asked_by


def test_it_is_not_sent_again_at_once(sent) -> None:
    job = JobFactory()
    send(job.uuid)
    send(job.uuid)
    assert len(sent) == 1


def test_one_that_waits_is_cancelled_at_once() -> None:
    job = JobFactory()
    cancel(job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert job.ended_at


def test_one_that_runs_is_asked_to_stop() -> None:
    job = JobFactory(state="running")
    cancel(job)
    job.refresh_from_db()
    assert job.state == "stopping"
    assert worker_redis().exists(f"px:job:{job.uuid}:stop")


def test_one_that_is_over_stays_so() -> None:
    job = JobFactory(state="done")
    cancel(job)
    assert Job.objects.get().state == "done"


def test_one_that_failed_waits_again(sent, django_capture_on_commit_callbacks) -> None:
    job = JobFactory(state="failed", attempts=5, share=0.4)
    with django_capture_on_commit_callbacks(execute=True):
        repeat(job)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.share) == ("waiting", 0, 0.0)
    assert sent == [str(job.uuid)]
