"""What a document of the configuration holds: a section for each model, its rows by natural key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from personalize.models import (
    Arm,
    CleaningPolicy,
    EventDefinition,
    Experiment,
    Segment,
    Slot,
    Source,
    Trait,
    Variant,
)

FORMAT = "personalize-configuration-1"


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one model. `left_out` is the state of a site, and not its configuration."""

    name: str
    model: Any
    key: str
    left_out: frozenset[str] = frozenset()

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the fields beside the key, by name."""
        return {
            field.name: field
            for field in self.model._meta.concrete_fields
            if field.editable
            and not field.primary_key
            and field.name not in {self.key, *self.left_out}
        }

    @property
    def key_field(self) -> Any:
        """Return the field that both sites know a row by."""
        return self.model._meta.get_field(self.key)


# In the order in which they are loaded: what is referred to comes first.
SECTIONS = (
    Section("events", EventDefinition, "name"),
    Section("sources", Source, "name"),
    Section("policies", CleaningPolicy, "source"),
    Section("traits", Trait, "key"),
    Section("segments", Segment, "slug"),
    Section("slots", Slot, "key"),
    Section("variants", Variant, "uuid"),
    Section("experiments", Experiment, "uuid", frozenset({"status", "started_at"})),
)
ARMS = Section("arms", Arm, "key", frozenset({"experiment"}))


def told(field: Any, row: Any) -> Any:
    """Return a field's value as JSON has it."""
    value = field.value_from_object(row)
    if isinstance(field, models.ForeignKey):
        return getattr(row, field.name).key  # of a slot
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.DateTimeField | models.DecimalField | models.UUIDField):
        return str(field.value_to_string(row))
    return value


def document_of(section: Section, row: Any) -> dict[str, Any]:
    """Return a row as the document has it, its key first."""
    found = {section.key: told(section.key_field, row)}
    found |= {name: told(field, row) for name, field in section.fields.items()}
    if isinstance(row, Experiment):
        found["arms"] = [document_of(ARMS, arm) for arm in row.arms.all()]
    return found


def exported() -> dict[str, Any]:
    """Return the whole configuration. It holds no write keys and nothing personal."""
    document: dict[str, Any] = {"format": FORMAT}
    for section in SECTIONS:
        rows = section.model.objects.order_by(section.key)
        if section.model in (Variant, Experiment):
            rows = rows.select_related("slot")
        if section.model is Experiment:
            rows = rows.prefetch_related("arms")
        document[section.name] = [document_of(section, row) for row in rows]
    return document
