"""Proof of consent, and of erasure."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ConsentRecord(models.Model):
    """What a visitor agreed to or refused, when, how, to which wording. Rows are never changed."""

    class Method(models.TextChoices):
        BANNER = "banner", _("Banner")
        PAGE = "page", _("My data page")
        API = "api", _("API")
        SIGNAL = "signal", _("Browser signal (GPC, DNT)")

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    anonymous_id = models.CharField(_("visitor id"), max_length=255, blank=True, db_index=True)
    purposes = models.JSONField(_("purposes"), default=dict)
    method = models.CharField(_("method"), max_length=6, choices=Method)
    text_version = models.CharField(_("version of the wording"), max_length=64)
    locale = models.CharField(_("locale"), max_length=16, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        ordering = ["-recorded_at"]

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d} {self.method}"


class Erasure(models.Model):
    """A tombstone: events of this subject, known by a hash alone, are refused from then on.

    A user who logs in again and consents lifts theirs; events received before stay refused.
    """

    subject_hash = models.CharField(_("subject hash"), max_length=64, unique=True)
    erased_at = models.DateTimeField(_("erased"), default=timezone.now, editable=False)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-erased_at"]

    def __str__(self) -> str:
        return self.subject_hash[:12]
