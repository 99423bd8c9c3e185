"""What the JSON of a slot's variants must look like, and where one does not."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as Unfit
from referencing import Registry
from referencing.exceptions import Unresolvable


def validate_schema(value: Any) -> None:
    """Raise ValidationError, with the path, when the value is no JSON schema."""
    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as error:
        raise ValidationError(_told(error)) from error


def faults_in(value: Any, *, schema: Any) -> list[str]:
    """Return what does not fit the schema, each with its path: `items[0].price: …`.

    Nothing is fetched: a schema refers to its own definitions only.
    """
    try:
        found = list(Draft202012Validator(schema, registry=Registry()).iter_errors(value))
    except Unresolvable as error:
        return [_("The schema refers to %(ref)s, which it does not contain.") % {"ref": error.ref}]
    return [_told(error) for error in sorted(found, key=lambda error: list(map(str, error.path)))]


def _told(error: Unfit | SchemaError) -> str:
    path = error.json_path.removeprefix("$").removeprefix(".")
    return f"{path}: {error.message}" if path else str(error.message)
