"""The event registry: what each event means, what it should carry, what was seen of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from personalize.events.declared import InvalidProperties, parse_properties
from personalize.events.standard import STANDARD, EventSpec

# What the standard says of a property; the rest is the site's own to say.
OF_STANDARD = frozenset({"type", "description", "required"})


def validate_properties(value: Any) -> None:
    """Raise ValidationError with a message for each fault, which names its property."""
    try:
        parse_properties(value)
    except InvalidProperties as error:
        raise ValidationError(error.faults) from error


class EventDefinitions(models.QuerySet["EventDefinition"]):
    """Many event names."""

    def register(self, specs: Mapping[str, EventSpec]) -> None:
        """Write what the standard says of its events; what people blocked stays blocked."""
        known = {definition.name: definition for definition in self.filter(name__in=specs)}
        rows = [known.get(name) or self.model(name=name) for name in specs]
        for row in rows:
            row.describe_as(specs[row.name])
        self.bulk_create([row for row in rows if row.name not in known])
        self.bulk_update(
            [row for row in rows if row.name in known], ["description", "properties", "status"]
        )

    def blocked(self) -> frozenset[str]:
        """Return the names of the events that are refused."""
        blocked = self.filter(status=EventDefinition.Status.BLOCKED)
        return frozenset(blocked.values_list("name", flat=True))


class EventDefinition(models.Model):
    """One event name. Standard ones come with the code; unknown ones wait for adoption.

    Events of a blocked name are accepted and then left out, from the next batch on.
    """

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
        validators=[validate_properties],
        help_text=_(
            'For each property its type, and what to do when it is missing or wrong: {"price": '
            '{"type": "number", "unit": "money", "missing": "impute", "impute": "median", '
            '"outliers": "flag"}}.'
        ),
    )
    # Counts are kept by the hour, and so are these: the beginning of the hour.
    first_seen_at = models.DateTimeField(
        _("first seen in the hour of"), null=True, blank=True, editable=False
    )
    last_seen_at = models.DateTimeField(
        _("last seen in the hour of"), null=True, blank=True, editable=False
    )
    volume = models.PositiveBigIntegerField(_("events seen"), default=0, editable=False)

    objects = EventDefinitions.as_manager()

    class Meta:
        verbose_name = _("registered event")
        verbose_name_plural = _("registered events")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def describe_as(self, spec: EventSpec) -> None:
        """Take over the standard's description and properties; what the site adds to them stays."""
        self.description = spec.description
        own = self.properties if isinstance(self.properties, dict) else {}
        self.properties = dict(sorted({**own, **_declared(spec, own)}.items()))
        if self.status != self.Status.BLOCKED:
            self.status = self.Status.STANDARD

    def adopt(self) -> None:
        """Accept an unknown event as one that is meant to be sent."""
        if self.status == self.Status.UNKNOWN:
            self.status = self.Status.ADOPTED
            self.save(update_fields=["status"])


def _declared(spec: EventSpec, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the standard says of each property, with what the site says beside it."""
    declared = {}
    for name, expected in spec.properties.items():
        said = own.get(name)
        said = said if isinstance(said, dict) else {}
        declared[name] = {
            **{key: value for key, value in asdict(expected).items() if value != ""},
            **{key: value for key, value in said.items() if key not in OF_STANDARD},
        }
    return declared


def register_standard_events(*, using: str = "default", **_: Any) -> None:
    """Bring the registry up to date after every migration (a `post_migrate` receiver)."""
    if EventDefinition._meta.db_table in connections[using].introspection.table_names():
        EventDefinition.objects.using(using).register(STANDARD)
