"""The serializer field that holds a rule."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from personalize.rules.syntax import Fault, InvalidRule, parse


@extend_schema_field(OpenApiTypes.OBJECT)
class RuleField(serializers.JSONField):
    """A rule in the rule language; each fault is reported with the path of its node."""

    default_error_messages = {"invalid_rule": "The rule has faults."}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Take no rule at all for the empty one."""
        return super().run_validation({} if data in (None, "") else data)

    def to_internal_value(self, data: Any) -> Any:
        """Return the rule as it came, once it parses."""
        rule = super().to_internal_value(data)
        try:
            parse(rule)
        except InvalidRule as error:
            raise serializers.ValidationError(told(error.faults), code="invalid_rule") from error
        return rule


def told(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Return the faults as the API tells them."""
    return [{"path": fault.path, "message": fault.message} for fault in faults]
