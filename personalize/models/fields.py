"""The model field that holds a rule: JSON in the rule language, refused when it does not parse."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from personalize.rules.syntax import InvalidRule, parse


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
