"""The fields a rule may name, and the kind of value each one has."""

import difflib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field holds; ANY where only the visitor's own value tells."""

    ANY = "any"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    SEGMENTS = "segments"


class Unexpected(ValueError):
    """A part of a rule is not what it has to be; the message says what was expected."""


CONTEXT: dict[str, Kind] = {
    "device": Kind.TEXT,
    "browser": Kind.TEXT,
    "os": Kind.TEXT,
    "country": Kind.TEXT,
    "language": Kind.TEXT,
    "hour": Kind.NUMBER,
    "weekday": Kind.NUMBER,
    "path": Kind.TEXT,
    "referrer": Kind.TEXT,
    "referrer_type": Kind.TEXT,
    "utm_source": Kind.TEXT,
    "utm_medium": Kind.TEXT,
    "utm_campaign": Kind.TEXT,
    "utm_term": Kind.TEXT,
    "utm_content": Kind.TEXT,
    "logged_in": Kind.BOOLEAN,
    "is_bot": Kind.BOOLEAN,
}

SESSION: dict[str, Kind] = {
    "views": Kind.NUMBER,
    "seconds": Kind.NUMBER,
    "entry_path": Kind.TEXT,
    "number": Kind.NUMBER,
}

MAX_NAME = 128


def kind_of(field: Any) -> Kind:
    """Return the kind of a field that is not a behaviour, or raise Unexpected."""
    family, _, name = field.partition(".") if isinstance(field, str) else ("", "", "")
    if family in _NAMED:
        known = _NAMED[family]
        if name in known:
            return known[name]
        near = did_you_mean(name, known, prefix=f"{family}.")
        raise Unexpected(f"unknown field {field[:MAX_NAME]!r}.{near}")
    if family in _FREE and 0 < len(name) <= MAX_NAME and name.isprintable():
        return _FREE[family]
    if field == "segments":
        return Kind.SEGMENTS
    raise Unexpected(
        "expected segments, behaviour, trait.<key>, context.<name>, session.<name> "
        "or prediction.<model>." + did_you_mean(field, _EXAMPLES)
    )


def did_you_mean(given: Any, known: Iterable[str], *, prefix: str = "") -> str:
    """Return a sentence with the nearest known name, or an empty string."""
    near = difflib.get_close_matches(str(given)[:MAX_NAME], list(known), n=1)
    return f" Did you mean {prefix + near[0]!r}?" if near else ""


_NAMED = {"context": CONTEXT, "session": SESSION}
_FREE = {"trait": Kind.ANY, "prediction": Kind.NUMBER}
_EXAMPLES = [
    "segments",
    "behaviour",
    *(f"context.{name}" for name in CONTEXT),
    *(f"session.{name}" for name in SESSION),
]
