"""Check the value of a condition against its operator and its field."""

import math
from typing import Any

from personalize.rules.fields import MAX_NAME, Kind, Unexpected
from personalize.rules.operators import Operator, Shape, compile_pattern

MAX_TEXT = 1_000
MAX_LIST = 1_000
MAX_INTEGER = 2**53  # beyond it a browser's number is no longer exact


def checked_value(value: Any, *, operator: Operator, kind: Kind) -> Any:
    """Return the canonical value: lists as tuples, whole floats as integers.

    Raises:
        Unexpected: says what was expected.
    """
    shape = operator.shape
    if shape is Shape.NOTHING:
        return None
    if shape in {Shape.LIST, Shape.PAIR}:
        return _checked_list(value, shape=shape, kind=kind)
    if shape is Shape.PATTERN:
        return _checked_pattern(value)
    return _checked_scalar(value, expected=_expected(shape, kind), kind=kind, shape=shape)


def checked_text(value: Any, *, limit: int = MAX_TEXT, expected: str = "a text") -> str:
    """Return a text that every store can keep: no NUL, no half of a surrogate pair, not too long.

    Raises:
        Unexpected: says what was expected.
    """
    if not isinstance(value, str):
        raise Unexpected(f"expected {expected}, got {name_of(value)}")
    if len(value) > limit:
        raise Unexpected(f"expected at most {limit} characters, got {len(value)}")
    if "\x00" in value:
        raise Unexpected("expected text without NUL characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unexpected("expected valid Unicode, got half of a surrogate pair") from None
    return value


def checked_name(value: Any, *, expected: str) -> str:
    """Return a text that is neither empty nor long, or raise Unexpected."""
    name = checked_text(value, limit=MAX_NAME, expected=expected)
    if not name.strip():
        raise Unexpected(f"expected {expected}, got nothing")
    return name


def checked_property(value: Any, *, is_needed: bool) -> str | None:
    """Return the property that an aggregate looks into, or raise Unexpected."""
    if is_needed:
        return checked_name(value, expected="the name of the property that is aggregated")
    if value:
        raise Unexpected(
            "expected nothing: this aggregate counts events, not the values of a property"
        )
    return None


def name_of(value: Any) -> str:
    """Return what a person would call the type of a JSON value."""
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return names.get(type(value), type(value).__name__)


def _expected(shape: Shape, kind: Kind) -> str:
    by_kind = {
        Kind.NUMBER: "a number",
        Kind.TEXT: "a text",
        Kind.BOOLEAN: "true or false",
        Kind.SEGMENTS: "the slug of a segment",
    }
    return by_kind.get(kind, shape.value)


def _checked_list(value: Any, *, shape: Shape, kind: Kind) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise Unexpected(f"expected {shape.value}, got {name_of(value)}")
    if len(value) > MAX_LIST:
        raise Unexpected(f"expected at most {MAX_LIST} values, got {len(value)}")
    member = Shape.ORDERED if shape is Shape.PAIR else Shape.SCALAR
    expected = f"{shape.value}, each of them {_expected(member, kind)}"
    if shape is Shape.PAIR and len(value) != 2:
        raise Unexpected(f"expected {expected}, got {len(value)}")
    members = tuple(
        _checked_scalar(each, expected=expected, kind=kind, shape=member) for each in value
    )
    if shape is Shape.PAIR and isinstance(members[0], str) != isinstance(members[1], str):
        raise Unexpected(f"expected {shape.value}, both texts or both numbers")
    return members


def _checked_pattern(value: Any) -> str:
    pattern = checked_text(value, expected=Shape.PATTERN.value)
    compile_pattern(pattern)
    return pattern


def _checked_scalar(value: Any, *, expected: str, kind: Kind, shape: Shape) -> Any:
    if not _suits(value, kind=kind, shape=shape):
        raise Unexpected(f"expected {expected}, got {name_of(value)}")
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, bool):
        return value
    return _checked_number(value)


def _suits(value: Any, *, kind: Kind, shape: Shape) -> bool:
    is_boolean = isinstance(value, bool)
    is_number = isinstance(value, int | float) and not is_boolean
    is_text = isinstance(value, str)
    if kind is Kind.SEGMENTS:
        return is_text and bool(value)
    allowed_by_kind = {Kind.NUMBER: is_number, Kind.TEXT: is_text, Kind.BOOLEAN: is_boolean}
    allowed_by_shape = {
        Shape.TEXT: is_text,
        Shape.ORDERED: is_text or is_number,
        Shape.SCALAR: is_text or is_number or is_boolean,
    }
    return allowed_by_kind.get(kind, True) and allowed_by_shape[shape]


def _checked_number(value: int | float) -> int | float:
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise Unexpected(f"expected a number of at most {MAX_INTEGER} either way")
        return value
    if not math.isfinite(value):
        raise Unexpected(f"expected a finite number, got {value}")
    return int(value) if value.is_integer() and abs(value) <= MAX_INTEGER else value
