"""Give values their declared type, where nothing is lost by it."""

import re
from typing import Any

from personalize.clean.draft import Draft

# As many digits as a float keeps. What begins with a zero is an identifier, not a number.
_number = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?", re.ASCII)
MOST_DIGITS = 15
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def coerce_types(draft: Draft) -> None:
    """Turn `"12.50"` into 12.5, 5 into `"5"` and `"true"` into True, as declared.

    What cannot be turned without a loss is left as it is and noted as `mistyped`.
    """
    types = draft.policy.types
    wrong = [
        (name, types[name].name)
        for name, value in draft.properties.items()
        if name in types and value.__class__ not in types[name].classes
    ]
    for name, type_ in wrong:
        value = draft.properties[name]
        if type_ == "number" and isinstance(value, dict):
            continue  # a value with its unit: that is the next step's
        coerced = coerce(value, type_)
        if coerced is None:
            draft.note(f"mistyped:{name}")
        else:
            draft.put(name, coerced, note=f"coerced:{name}")


def coerce(value: Any, type_: str) -> Any:
    """Return the value as one of the type, or None when something would be lost.

    >>> coerce("12.50", "number"), coerce("007", "number")
    (12.5, None)
    """
    if type_ == "number" and isinstance(value, str):
        return _as_number(value.strip())
    if type_ == "text" and isinstance(value, bool | int | float):
        return _as_text(value)
    if type_ == "boolean" and isinstance(value, str | int | float):
        return _TRUTH.get(str(value).strip().lower())
    return None


def _as_number(text: str) -> int | float | None:
    if not _number.fullmatch(text) or sum(map(str.isdigit, text)) > MOST_DIGITS:
        return None
    return float(text) if "." in text else int(text)


def _as_text(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value == value // 1 and abs(value) < 1e15 else repr(value)
