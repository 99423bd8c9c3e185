"""The model fields that name segments: a rule in the rule language, and a plain list of slugs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from personalize.rules.syntax import InvalidRule, behaviours, leaves, parse, segments


def validate_rule(value: Any) -> None:
    """Raise ValidationError with one message per faulty node, each with its path."""
    try:
        parse(value)
    except InvalidRule as error:
        raise ValidationError([str(fault) for fault in error.faults]) from error


class RuleField(models.JSONField):
    """A rule as JSON; empty (`{}`) matches everybody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    default_validators = [validate_rule]
    # Of what Django calls empty, an empty list is no rule: it goes through the validators.
    empty_values: Any = ({},)

    def to_python(self, value: Any) -> Any:
        """Return no rule at all as the empty one."""
        return {} if value in (None, "") else super().to_python(value)

    def names(self, value: Any, slug: str) -> bool:
        """Return whether the stored rule asks for the segment."""
        try:
            return slug in segments(parse(value))
        except InvalidRule:  # an older row, from before the language changed
            return slug in str(value)

    def names_trait(self, value: Any, key: str) -> bool:
        """Return whether the stored rule asks for the trait, or counts what it counts."""
        try:
            rule = parse(value)
        except InvalidRule:
            return key in str(value)
        is_asked = any(leaf.field == f"trait.{key}" for leaf in leaves(rule))
        return is_asked or key in {behaviour.key for behaviour in behaviours(rule)}


def group_field() -> "models.CharField[str, str]":
    """Return the field of a variant that says which variants a page shows only one of."""
    return models.CharField(
        _("shown once"),
        max_length=60,
        blank=True,
        help_text=_(
            "Of all variants with the same word here, a page shows one, in its first slot."
        ),
    )


class SegmentsField(models.JSONField):
    """Slugs of segments as a list; a list and not rows, so that copies of a plugin keep it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def names(self, value: Any, slug: str) -> bool:
        """Return whether the stored list has the segment."""
        return slug in value


class TraitKeyField(models.CharField):  # type: ignore[type-arg]
    """The key of a trait, named and not referred to: traits that clients send need no row."""

    def names_trait(self, value: Any, key: str) -> bool:
        """Return whether it is this trait."""
        return bool(value == key)
