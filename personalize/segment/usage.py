"""Where a segment is used: every row whose rule or list of segments names it."""

from collections.abc import Iterator
from typing import NamedTuple

from django.apps import apps
from django.db.models import Model

from personalize.models import Segment
from personalize.models.fields import RuleField, SegmentsField


class Usage(NamedTuple):
    """One row that names the segment."""

    row: Model

    def __str__(self) -> str:
        return f"{self.row._meta.verbose_name} “{self.row}”"


def usages(segment: Segment) -> list[Usage]:
    """Return every row, of any installed model, that names the segment in a rule or a list."""
    return [
        Usage(row)
        for model, fields in _models_that_name()
        for row in model._default_manager.all()
        if row != segment
        and any(field.names(getattr(row, field.name), segment.slug) for field in fields)
    ]


def _models_that_name() -> Iterator[tuple[type[Model], list[RuleField | SegmentsField]]]:
    for model in apps.get_models():
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, RuleField | SegmentsField)
        ]
        if fields and not model._meta.proxy:
            yield model, fields
