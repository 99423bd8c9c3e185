"""Counts of what happened, an hour a row: what the dashboard plots."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

AT_ONCE = 500
FLUSH = "flush"  # the row whose count is the number of the last flush
EPOCH = datetime.fromtimestamp(0, UTC)

Counts = Mapping[tuple[datetime, str, str], int]


class Tallies(models.QuerySet["Tally"]):
    """Many counts."""

    def add(self, counts: Counts) -> None:
        """Add to the rows, by (hour, metric, key), in the transaction that does what is counted."""
        if counts:
            with transaction.atomic():
                self._wait_for_turn()
                names = list(counts)
                for start in range(0, len(names), AT_ONCE):
                    some = names[start : start + AT_ONCE]
                    self._add_some({name: counts[name] for name in some})

    def _wait_for_turn(self) -> None:
        """Let one transaction at a time add to rows."""
        self.select_for_update().get_or_create(hour=EPOCH, metric=FLUSH, key="")

    def _add_some(self, counts: Counts) -> None:
        hours, metrics, keys = (set(column) for column in zip(*counts, strict=True))
        known = self.filter(hour__in=hours, metric__in=metrics, key__in=keys)
        before = {(row.hour, row.metric, row.key): row.count for row in known}
        self.bulk_create(
            [
                self.model(
                    hour=name[0],
                    metric=name[1],
                    key=name[2],
                    count=before.get(name, 0) + counts[name],
                )
                for name in counts
            ],
            update_conflicts=True,
            unique_fields=["hour", "metric", "key"],
            update_fields=["count"],
        )


class Tally(models.Model):
    """How often something happened in one hour."""

    hour = models.DateTimeField(_("hour"))
    metric = models.CharField(_("metric"), max_length=40)
    key = models.CharField(_("key"), max_length=128, blank=True)
    count = models.PositiveBigIntegerField(_("count"), default=0)

    objects = Tallies.as_manager()

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
