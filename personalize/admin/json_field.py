"""JSON in forms: indented, in a monospaced area, with errors that say where the JSON breaks."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext as _


class CodeArea(forms.Textarea):
    """A monospaced text area without spell checking."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        plain = {"class": "px-code", "rows": 12, "cols": 90, "spellcheck": "false"}
        super().__init__({**plain, "autocapitalize": "off", **(attrs or {})})


class IndentedJSONField(forms.JSONField):
    """A field for a JSON object: shown indented; empty, or `null`, means `{}`."""

    area: type[CodeArea] = CodeArea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "widget": self.area})

    def prepare_value(self, value: Any) -> Any:
        """Return the text to show; what did not parse is shown as it was typed."""
        if value is None or isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what was typed, decoded where it can be; deep nesting counts as a fault."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:
        """Return the decoded JSON.

        Raises:
            ValidationError: names the line and the column of the first fault.
        """
        text = value.strip() if isinstance(value, str) else value
        if text in self.empty_values:
            return {}
        try:
            decoded = json.loads(text)
            return {} if decoded is None else decoded
        except json.JSONDecodeError as error:
            where = {"line": error.lineno, "column": error.colno, "fault": error.msg}
            message = _("Not valid JSON: line %(line)s, column %(column)s: %(fault)s.") % where
            raise ValidationError(message, code="invalid") from error
        except RecursionError as error:
            raise ValidationError(_("The JSON is nested too deeply."), code="invalid") from error
