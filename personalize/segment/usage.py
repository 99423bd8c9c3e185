"""Where a segment is used: every rule in the database that names it."""

from collections.abc import Iterator
from typing import NamedTuple

from django.apps import apps
from django.db.models import Model

from personalize.models import Segment
from personalize.models.fields import RuleField
from personalize.rules.syntax import InvalidRule, parse, segments


class Usage(NamedTuple):
    """One row whose rule names the segment."""

    row: Model

    def __str__(self) -> str:
        return f"{self.row._meta.verbose_name} “{self.row}”"


def usages(segment: Segment) -> list[Usage]:
    """Return every row, of any installed model with a rule, whose rule names the segment."""
    return [
        Usage(row)
        for model, fields in _models_with_rules()
        for row in model._default_manager.all()
        if row != segment and any(_names(getattr(row, field), segment.slug) for field in fields)
    ]


def _models_with_rules() -> Iterator[tuple[type[Model], list[str]]]:
    for model in apps.get_models():
        fields = [
            field.name for field in model._meta.concrete_fields if isinstance(field, RuleField)
        ]
        if fields and not model._meta.proxy:
            yield model, fields


def _names(rule: object, slug: str) -> bool:
    try:
        return slug in segments(parse(rule))
    except InvalidRule:  # an older row, from before the language changed
        return slug in str(rule)
