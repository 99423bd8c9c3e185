"""The serializer field that holds a rule."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from personalize.rules.syntax import InvalidRule, parse


@extend_schema_field(OpenApiTypes.OBJECT)
class RuleField(serializers.JSONField):
    """A rule in the rule language; each fault is reported with the path of its node."""

    default_error_messages = {"invalid_rule": "The rule has faults."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the rule as it came, once it parses."""
        rule = super().to_internal_value(data)
        try:
            parse(rule)
        except InvalidRule as error:
            raise serializers.ValidationError(
                [{"path": fault.path, "message": fault.message} for fault in error.faults],
                code="invalid_rule",
            ) from error
        return rule
