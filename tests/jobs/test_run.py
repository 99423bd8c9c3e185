"""A job comes to an end, whichever: done, failed, cancelled, or put back."""

import pytest

from personalize.history.job import Busy
from personalize.jobs.ask import cancel
from personalize.jobs.kinds import WORK, Work
from personalize.jobs.pulse import Stopped, pulse
from personalize.jobs.run import MOST_ATTEMPTS, abandoned, run
from personalize.models import Job
from tests.factories import JobFactory

# The runs close their connections, which no transaction around them would survive.
pytestmark = pytest.mark.django_db(transaction=True)


def let_it(monkeypatch: pytest.MonkeyPatch, work) -> None:
    monkeypatch.setitem(WORK, Job.Kind.REBUILD, Work(work, "personalize.rebuild_profiles"))


def ran(job: Job) -> Job:
    run(job.uuid)
    job.refresh_from_db()
    return job


def test_its_numbers_are_kept_when_it_is_done(monkeypatch) -> None:
    let_it(monkeypatch, lambda job, watch: {"rows": 7})
    job = ran(JobFactory())
    assert (job.state, job.result, job.share, job.attempts) == ("done", {"rows": 7}, 1.0, 1)
    assert job.started_at <= job.ended_at


def test_its_error_is_kept_when_it_fails_and_goes_when_it_is_done_again(monkeypatch) -> None:
    def fail(job, watch):
        watch(0.4, "reading")
        raise OSError("no space left")

    let_it(monkeypatch, fail)
    job = ran(JobFactory())
    assert (job.state, job.error, job.share) == ("failed", "OSError: no space left", 0.4)
    assert job.can_be_repeated

    job.repeat()
    assert job.error == "OSError: no space left"
    let_it(monkeypatch, lambda job, watch: {})
    assert (ran(job).state, job.error) == ("done", "")


def test_one_that_was_stopped_is_cancelled(monkeypatch) -> None:
    def stopped(job, watch):
        watch.__self__.is_stopped = True
        watch(0.3, "reading")

    let_it(monkeypatch, stopped)
    assert ran(JobFactory()).state == "cancelled"


def test_what_a_library_makes_of_being_stopped_is_cancelled_too(monkeypatch) -> None:
    def stopped(job, watch):
        watch.__self__.is_stopped = True
        raise RuntimeError("Query interrupted") from Stopped()

    let_it(monkeypatch, stopped)
    job = ran(JobFactory())
    assert (job.state, job.error) == ("cancelled", "")


def test_it_waits_while_another_is_at_the_same_profiles(monkeypatch) -> None:
    def busy(job, watch):
        raise Busy("A rebuild is at work.")

    let_it(monkeypatch, busy)
    job = ran(JobFactory())
    assert (job.state, job.attempts) == ("waiting", 0)


def test_one_that_is_cancelled_right_before_it_begins_is_not_done(monkeypatch) -> None:
    let_it(monkeypatch, lambda job, watch: {"rows": 1})
    begin = Job.begin

    def cancelled_first(job, **at):
        cancel(job)
        return begin(job, **at)

    monkeypatch.setattr(Job, "begin", cancelled_first)
    job = ran(JobFactory())
    assert (job.state, job.result) == ("cancelled", {})


def test_one_that_is_cancelled_while_another_is_at_it_does_not_wait_again(monkeypatch) -> None:
    def busy(job, watch):
        cancel(job)
        raise Busy("A rebuild is at work.")

    let_it(monkeypatch, busy)
    assert ran(JobFactory()).state == "stopping"
    assert abandoned() == []
    assert Job.objects.get().state == "cancelled"


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_one_that_is_over_is_not_done_again_by_a_message_that_comes_twice(monkeypatch, state):
    let_it(monkeypatch, lambda job, watch: {"rows": 1})
    assert ran(JobFactory(state=state)).attempts == 0


def test_it_is_left_to_the_worker_that_is_at_it(monkeypatch) -> None:
    let_it(monkeypatch, lambda job, watch: {"rows": 1})
    job = JobFactory()
    with pulse(job.uuid):
        assert ran(job).state == "waiting"


def test_one_whose_worker_died_is_sent_again() -> None:
    dead, living = JobFactory(state="running", attempts=1), JobFactory(state="running")
    waiting, over = JobFactory(), JobFactory(state="done")
    with pulse(living.uuid):
        found = abandoned()
    assert {job.pk for job in found} == {dead.pk, waiting.pk}
    assert over.pk not in {job.pk for job in found}


def test_one_over_which_workers_die_fails_in_the_end() -> None:
    job = JobFactory(state="running", attempts=MOST_ATTEMPTS)
    assert abandoned() == []
    job.refresh_from_db()
    assert job.state == "failed"
    assert "have died" in job.error


def test_one_to_be_cancelled_whose_worker_died_is_cancelled() -> None:
    job = JobFactory(state="stopping")
    assert abandoned() == []
    job.refresh_from_db()
    assert job.state == "cancelled"
