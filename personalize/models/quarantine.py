"""Quarantine: what could not be processed, with the reason and the original bytes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuarantinedEvent(models.Model):
    """One stream entry that failed. It can be replayed once the cause is mended."""

    stream_position = models.CharField(_("position"), max_length=80, unique=True)
    reason = models.CharField(_("reason"), max_length=64, db_index=True)
    detail = models.TextField(_("detail"), blank=True)
    raw = models.BinaryField(_("original bytes"))
    quarantined_at = models.DateTimeField(_("quarantined"), auto_now_add=True)
    replayed_at = models.DateTimeField(_("replayed"), null=True, blank=True)

    class Meta:
        verbose_name = _("quarantined event")
        verbose_name_plural = _("quarantine")
        ordering = ["-quarantined_at"]
        permissions = [
            ("view_raw_events", _("Can see the content of events")),
            ("replay_events", _("Can replay quarantined events")),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.stream_position})"
