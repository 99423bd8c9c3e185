"""Decisions as they were made on live pages, one in many, kept with all that they rest on."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.models.slot import Slot


class DecisionSample(models.Model):
    """One slot of one page view. `record` (`decide.record`) makes the same decision again.

    It holds what rules asked about the visitor, so it is erased with them, and is pruned after
    `DECISION_SAMPLE_DAYS`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(_("subject"), max_length=255, db_index=True)
    path = models.CharField(_("page"), max_length=512)
    slot = models.CharField(_("slot"), max_length=100, db_index=True)
    variant = models.CharField(_("variant"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=20, db_index=True)
    experiment = models.CharField(_("experiment"), max_length=100, blank=True)
    arm = models.CharField(_("arm"), max_length=40, blank=True)
    plan_version = models.BigIntegerField(_("configuration"), null=True)
    decided_at = models.DateTimeField(_("decided"), db_index=True)
    record = models.BinaryField(_("record"))

    class Meta:
        verbose_name = _("sampled decision")
        verbose_name_plural = _("sampled decisions")
        ordering = ["-decided_at"]

    def __str__(self) -> str:
        return f"{self.slot}: {self.reason}"


class ViewAs(Slot):
    """The place of “View as” in the admin: an entry in the index, without rows of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("view as")
        verbose_name_plural = _("View as…")
