"""A job from its beginning to its end, whatever that is."""

import logging
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from personalize.history.job import Busy
from personalize.jobs.kinds import WORK
from personalize.jobs.pulse import Pulse, is_alive, pulse
from personalize.models.job import Job

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5  # of workers that died over it, before it is taken for the cause


def run(uuid: UUID) -> None:
    """Do the job, unless another worker does, or it is over."""
    with pulse(uuid) as beating:
        if beating is None:
            return
        job = Job.objects.open().filter(uuid=uuid).first()
        if job is None:
            return
        if job.state == Job.State.STOPPING:
            job.end(Job.State.CANCELLED, at=timezone.now())
            return
        if job.begin(at=timezone.now()):
            _do(job, beating)


def _do(job: Job, beating: Pulse) -> None:
    try:
        with beating.interruptible():
            result = WORK[job.kind].run(job, beating.watch)
    except Busy:  # another job over history; this one is sent again until it is its turn
        job.put_back()
    except Exception as error:  # whatever it is, whoever asked is told
        close_old_connections()
        if beating.is_stopped:  # Stopped, or what a library makes of it
            job.end(Job.State.CANCELLED, at=timezone.now(), share=beating.share)
            return
        log.exception("Job %s (%s) failed", job.uuid, job.kind)
        said = f"{type(error).__name__}: {error}"
        job.end(Job.State.FAILED, at=timezone.now(), error=said, share=beating.share)
    else:
        close_old_connections()  # hours may have passed since the last query
        job.end(Job.State.DONE, at=timezone.now(), result=dict(result), share=1.0)


def abandoned() -> list[Job]:
    """Return the open jobs that no worker is at, to be sent; end those that are not to go on."""
    found = []
    for job in Job.objects.open():
        if is_alive(job.uuid):
            continue
        if job.state == Job.State.STOPPING:
            job.end(Job.State.CANCELLED, at=timezone.now())
        elif job.attempts >= MOST_ATTEMPTS:
            said = f"{job.attempts} workers have died over it."
            job.end(Job.State.FAILED, at=timezone.now(), error=said)
        else:
            found.append(job)
    return found
