"""What the nightly audit found: one row a day, so that people see a trend."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DataQualityReport(models.Model):
    """The findings about the events received on one day (UTC), as `measure.audit` tells them."""

    day = models.DateField(_("day"), unique=True)
    is_ok = models.BooleanField(_("everything adds up"))
    findings = models.JSONField(_("findings"), default=dict)
    made_at = models.DateTimeField(_("made"), auto_now=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("data quality report")
        verbose_name_plural = _("data quality")
        ordering = ["-day"]

    def __str__(self) -> str:
        return self.day.isoformat()
