"""Asking for a job, cancelling it, and having it done again."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from personalize.connections import worker_redis
from personalize.jobs.pulse import ask_to_stop
from personalize.models.job import Job

TASK = "personalize.tasks.run_job"
SENT_SECONDS = 30  # a job that is sent again and again while all workers are busy piles up


def ask(kind: str, *, arguments: Mapping[str, Any], by: Any) -> Job:
    """Let a worker do a job, after those that were asked for before."""
    job = Job.objects.create(kind=kind, arguments=dict(arguments), asked_by=by)
    transaction.on_commit(partial(send, job.uuid))
    return job


def send(uuid: UUID) -> None:
    """Hand the job to a worker; should the message be lost, beat sends another."""
    if not worker_redis().set(f"px:job:{uuid}:sent", 1, nx=True, ex=SENT_SECONDS):
        return
    try:
        current_app.send_task(TASK, [str(uuid)], ignore_result=True, expires=SENT_SECONDS)
    except OperationalError:
        worker_redis().delete(f"px:job:{uuid}:sent")


def cancel(job: Job) -> None:
    """End a job that waits; one that runs ends within seconds."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if waiting.update(state=Job.State.CANCELLED, ended_at=timezone.now()):
        return
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    if running.update(state=Job.State.STOPPING):
        ask_to_stop(job.uuid)


def repeat(job: Job) -> None:
    """Do a job again that failed or was cancelled."""
    job.repeat()
    worker_redis().delete(f"px:job:{job.uuid}:sent")
    transaction.on_commit(partial(send, job.uuid))
