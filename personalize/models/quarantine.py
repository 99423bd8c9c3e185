"""Quarantine: what could not be processed, with the reason and the original bytes."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from personalize.models.tally import AT_ONCE, Tally

REPLAYED = "replayed"  # of the quarantined, as `Tally` counts them: accepted again
DISCARDED = "discarded"  # by somebody, by an erasure, or because they were old


class QuarantinedEvents(models.QuerySet["QuarantinedEvent"]):
    """Many quarantined events."""

    def waiting(self) -> "QuarantinedEvents":
        """Return those that nobody has replayed."""
        return self.filter(replayed_at=None)

    def chosen(
        self, *, reason: str = "", source: str = "", since: datetime | None = None
    ) -> "QuarantinedEvents":
        """Return those of a reason, of a source, received since; what is left empty is no limit."""
        limits: dict[str, Any] = {"reason": reason, "source": source, "received_at__gte": since}
        return self.filter(**{name: value for name, value in limits.items() if value})

    def discard(self) -> int:
        """Delete the rows, and count those that were not replayed; return how many rows it were."""
        number = 0
        while some := list(self.order_by("pk")[:AT_ONCE]):
            with transaction.atomic():
                Tally.objects.add(_counted(DISCARDED, some))
                number += self.model.objects.filter(pk__in=[row.pk for row in some]).delete()[0]
        return number

    def note_replayed(self, *, at: datetime) -> None:
        """Note when the rows were replayed, and count those for which it is the first time."""
        with transaction.atomic():
            Tally.objects.add(_counted(REPLAYED, self))
            self.update(replayed_at=at)


def _counted(metric: str, rows: Any) -> Counter[tuple[datetime, str, str]]:
    """Return the waiting ones among the rows by the hour in which they were received."""
    return Counter(
        (
            row.received_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
            metric,
            row.source,
        )
        for row in rows
        if row.source and row.received_at and row.replayed_at is None
    )


class QuarantinedEvent(models.Model):
    """One stream entry that failed. It can be replayed once the cause is mended.

    `source` is empty for what the system has sent itself, which is not counted.
    `path` leads to the field at fault, as in JSON: `$.properties.price`. The original bytes stay as
    they were; `mended` holds the event that somebody has sent in their place.
    """

    stream_position = models.CharField(_("position"), max_length=80, unique=True)
    source = models.CharField(_("source"), max_length=128, blank=True, db_index=True)
    reason = models.CharField(_("reason"), max_length=64, db_index=True)
    path = models.CharField(_("field at fault"), max_length=200, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    raw = models.BinaryField(_("original bytes"))
    mended = models.BinaryField(_("mended event"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True, db_index=True)
    quarantined_at = models.DateTimeField(_("quarantined"), auto_now_add=True)
    replayed_at = models.DateTimeField(_("replayed"), null=True, blank=True)

    objects = QuarantinedEvents.as_manager()

    class Meta:
        verbose_name = _("quarantined event")
        verbose_name_plural = _("quarantine")
        ordering = ["-quarantined_at"]
        permissions = [
            ("view_raw_events", _("Can see the content of events")),
            (
                "view_unmasked_events",
                _("Can see events with what identifies people, and mend them"),
            ),
            ("replay_events", _("Can replay and discard quarantined events")),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.stream_position})"
