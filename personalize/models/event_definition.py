"""The event registry: what each event means, which properties it should carry, what was seen of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventDefinition(models.Model):
    """One event name. Standard ones come from `personalize.events`; unknown ones wait for adoption."""

    class Status(models.TextChoices):
        STANDARD = "standard", _("Standard")
        ADOPTED = "adopted", _("Adopted")
        UNKNOWN = "unknown", _("Unknown")
        BLOCKED = "blocked", _("Blocked")

    name = models.CharField(_("name"), max_length=128, unique=True)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.UNKNOWN)
    properties = models.JSONField(
        _("expected properties"),
        default=dict,
        blank=True,
        help_text=_('For each property its type: {"price": {"type": "number", "required": true}}.'),
    )
    first_seen_at = models.DateTimeField(_("first seen"), null=True, blank=True, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    volume = models.PositiveBigIntegerField(_("events seen"), default=0, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("event registry")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
