"""Counts of what happened, an hour a row: what the dashboard plots."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """How often something happened in one hour."""

    hour = models.DateTimeField(_("hour"))
    metric = models.CharField(_("metric"), max_length=40)
    key = models.CharField(_("key"), max_length=128, blank=True)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        ordering = ["hour"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "metric", "key"], name="personalize_tally_once")
        ]
        indexes = [
            # one metric over a span of hours
            models.Index(fields=["metric", "hour"], name="personalize_tally_metric")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.key}: {self.count}"


class Dashboard(Tally):
    """The dashboard's place in the admin: an entry in the index, and a permission of its own."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")
