"""Checks of what editors chose, which files can take away: only with `check --database default`."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from personalize.models.slot import Variant, template_path


@register(Tags.database)
def check_variant_templates(
    app_configs: Any, *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """E017: the templates of live variants are there."""
    if not databases:
        return []
    try:
        return list(_missing())
    except DatabaseError:  # before the first migration
        return []


def _missing() -> Iterator[CheckMessage]:
    live = Variant.objects.filter(kind=Variant.Kind.TEMPLATE, is_live=True).select_related("slot")
    for variant in live:
        try:
            get_template(template_path(variant.template))
        except (TemplateDoesNotExist, TemplateSyntaxError, ValueError, OSError) as error:
            yield Error(
                f"The variant {variant} shows the template {variant.template!r}, "
                f"which cannot be loaded ({type(error).__name__}): visitors see the default.",
                hint="Bring the file back below personalize/variants/, or choose another template.",
                obj=variant,
                id="personalize.E017",
            )
