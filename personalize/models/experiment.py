"""Experiments: a randomised comparison of variants in a slot."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.models.fields import RuleField
from personalize.models.slot import Slot


class Experiment(models.Model):
    """Who takes part, in which share, and in which arms. The uuid seeds the assignment."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DECIDED = "decided", _("Decided")

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slot = models.ForeignKey(
        Slot, models.PROTECT, related_name="experiments", verbose_name=_("slot")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    audience = RuleField(_("audience"), help_text=_("Who takes part; empty means everybody."))
    traffic_percent = models.DecimalField(
        _("traffic (%)"),
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=models.Q(status="running"),
                name="personalize_one_running_experiment_per_slot",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Whether visitors are being assigned; until it stops, what assigns them may not change."""
        return self.status == self.Status.RUNNING

    def start(self, *, at: datetime) -> None:
        """Start assigning visitors.

        Raises:
            ValidationError: says what the experiment lacks.
        """
        if self.status not in {self.Status.DRAFT, self.Status.STOPPED}:
            raise ValidationError(_("Only a draft or a stopped experiment can start."))
        if self.arms.filter(weight__gt=0).count() < 2:
            raise ValidationError(_("An experiment needs at least two arms with a weight."))
        if self.slot.experiments.filter(status=self.Status.RUNNING).exists():
            raise ValidationError(_("Another experiment is running in this slot; stop it first."))
        self.status, self.started_at = self.Status.RUNNING, self.started_at or at
        self.save()

    def stop(self) -> None:
        """Stop assigning visitors; the slot goes back to its variants and its default.

        Raises:
            ValidationError: the experiment is not running.
        """
        if not self.is_running:
            raise ValidationError(_("Only a running experiment can stop."))
        self.status = self.Status.STOPPED
        self.save()


class Arm(models.Model):
    """One side of the comparison: a variant, or the slot's default (the control)."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="arms")
    key = models.SlugField(_("key"), max_length=40)
    variant_uuid = models.UUIDField(
        _("variant"),
        null=True,
        blank=True,
        help_text=_("Empty for the control: the slot's default."),
    )
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)

    class Meta:
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        ordering = ["pk"]  # the order is part of the assignment: arms share the line in it
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="personalize_arm_once")
        ]

    def __str__(self) -> str:
        return self.key
