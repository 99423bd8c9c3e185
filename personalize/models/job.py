"""Long jobs: what somebody asked for, how it went, and what came of it."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Jobs(models.QuerySet["Job"]):
    """Many jobs."""

    def open(self) -> "Jobs":
        """Return those that are not over."""
        return self.filter(state__in=[Job.State.WAITING, Job.State.RUNNING, Job.State.STOPPING])


class Job(models.Model):
    """One job. How far it is while it runs, and that it lives, Redis knows (`jobs.pulse`)."""

    class Kind(models.TextChoices):
        BACKFILL = "backfill", _("Count traits from before they were")
        REBUILD = "rebuild", _("Make profiles anew")
        RESCORE = "rescore", _("Judge events anew")
        EXPORT = "export", _("Export events")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        STOPPING = "stopping", _("Being cancelled")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    share = models.FloatField(_("share that is done"), default=0.0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    error = models.TextField(_("last error"), blank=True)

    objects = Jobs.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-asked_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("export_events", _("Can export events (personal data)")),
            ("rebuild_profiles", _("Can have profiles and events made anew")),
        ]
        indexes = [
            # those that are not over, every few seconds
            models.Index(fields=["state"], name="personalize_job_state")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {self.State.WAITING, self.State.RUNNING, self.State.STOPPING}

    @property
    def can_be_cancelled(self) -> bool:
        """Whether there is something to cancel."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def can_be_repeated(self) -> bool:
        """Whether it is over without a result."""
        return self.state in {self.State.FAILED, self.State.CANCELLED}

    def begin(self, *, at: datetime) -> bool:
        """Note that a worker is at it, perhaps after one that died; not if it was cancelled."""
        self.attempts, self.started_at = self.attempts + 1, self.started_at or at
        return self._move(self.State.RUNNING, attempts=self.attempts, started_at=self.started_at)

    def put_back(self) -> None:
        """Let it wait, unless it was cancelled: its turn has not come."""
        self.attempts -= 1
        self._move(self.State.WAITING, attempts=self.attempts)

    def _move(self, state: str, **values: Any) -> bool:
        going = Job.objects.filter(pk=self.pk, state__in=[self.State.WAITING, self.State.RUNNING])
        self.state = state
        return bool(going.update(state=state, **values))

    def end(
        self, state: str, *, at: datetime, result: Any = None, error: str = "", share: float = 0.0
    ) -> None:
        """Note how it ended."""
        self.state, self.ended_at, self.error = state, at, error
        self.result, self.share = result or {}, share
        self.save(update_fields=["state", "ended_at", "error", "result", "share"])

    def repeat(self) -> None:
        """Let it wait for another turn; its last error stays to be read until then."""
        self.state, self.attempts, self.share = self.State.WAITING, 0, 0.0
        self.started_at = self.ended_at = None
        self.save(update_fields=["state", "attempts", "share", "started_at", "ended_at"])
