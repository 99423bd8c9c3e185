"""Where a segment or a trait is used: every row whose rule, list or merge tag names it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, TypeGuard

from django.apps import apps
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from personalize.models import Segment, Trait
from personalize.models.fields import RuleField, SegmentsField, TraitKeyField


class Placed(Protocol):
    """A row that is edited elsewhere than in the admin: in a version of a page."""

    def place(self) -> str:
        """Return the name of the page."""

    def place_url(self) -> str:
        """Return where it is edited, or seen."""

    def is_current(self) -> bool:
        """Return whether visitors see it, or may see it once it is published."""


class Usage(NamedTuple):
    """One row that names the segment or trait."""

    row: Model

    def __str__(self) -> str:
        told = f"{self.row._meta.verbose_name} “{self.row}”"
        place = self.row.place() if _is_placed(self.row) else ""
        return f"{told} ({place})" if place else told

    @property
    def url(self) -> str:
        """Where the row is edited; empty when no screen has it."""
        if _is_placed(self.row):
            return str(self.row.place_url())
        options = self.row._meta
        try:
            name = f"admin:{options.app_label}_{options.model_name}_change"
            return reverse(name, args=[self.row.pk])
        except NoReverseMatch:
            return ""


def usages(used: Segment | Trait) -> list[Usage]:
    """Return every row, of any installed model, that names the segment or trait.

    Old versions of pages do not count: nobody sees or can change them.
    """
    if isinstance(used, Segment):
        kinds: tuple[type, ...] = (RuleField, SegmentsField)
        return _usages(used, kinds, lambda field, value: field.names(value, used.slug))
    kinds = (RuleField, TraitKeyField)
    return _usages(used, kinds, lambda field, value: field.names_trait(value, used.key))


def _usages(used: Model, kinds: tuple[type, ...], names: Callable[[Any, Any], bool]) -> list[Usage]:
    return [
        Usage(row)
        for model, fields in _models_with(kinds)
        for row in model._default_manager.all()
        if row != used
        and any(names(field, getattr(row, field.attname)) for field in fields)
        and (not _is_placed(row) or row.is_current())
    ]


def _models_with(
    kinds: tuple[type, ...],
) -> Iterator[tuple[type[Model], list[Any]]]:
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, kinds)]
        if fields and not model._meta.proxy:
            yield model, fields


def _is_placed(row: Any) -> TypeGuard[Placed]:
    return hasattr(row, "place_url")
