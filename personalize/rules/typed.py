"""Values as typed texts: one form for every type, which all query engines read and order alike.

A text is `s…`, a number `n` and its Python form (`n5`, `n2.5`; a whole one never with a point), a
boolean `b1` or `b0`. A list is `l`, U+001F, and each of its members followed by U+001F; within
those, the two control characters U+001E and U+001F are written U+001E `0` and U+001E `1`. An object
is `j` and its JSON, and so are a list and nothing within a list.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

BETWEEN = "\x1f"
ESCAPE = "\x1e"
LARGEST_WHOLE = 2**53

_json = msgspec.json.Encoder(order="deterministic").encode


def typed(value: Any) -> str | None:
    """Return the value as a typed text; None, which is no value, stays None."""
    if isinstance(value, str):
        return f"s{value}"
    if value is None:
        return None
    if isinstance(value, bool):
        return "b1" if value else "b0"
    if isinstance(value, int | float):
        return f"n{_number(value)}"
    if isinstance(value, list | tuple):
        return BETWEEN.join(["l", *map(member, value), ""])
    return f"j{_json(value).decode()}"


def typed_map(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return each value as a typed text, the keys in order."""
    return {key: typed(values[key]) for key in sorted(values)}


def typed_properties(properties: Mapping[str, Any]) -> dict[str, str | None]:
    """Return an event's properties as typed texts under every name by which rules can read them.

    What lies within an object is under `address.city` as well, unless a property has that name.
    """
    inner = dict(_inner(properties))
    return typed_map({**inner, **properties})


def member(value: Any) -> str:
    """Return a value as it stands in the typed text of a list."""
    is_scalar = isinstance(value, str | int | float)
    text = (typed(value) if is_scalar else None) or f"j{_json(value).decode()}"
    return text.replace(ESCAPE, f"{ESCAPE}0").replace(BETWEEN, f"{ESCAPE}1")


def order_of(values: Mapping[str, Any]) -> str:
    """Return a text by which to order mappings of the same moment: their typed texts decide."""
    texts = typed_map(values)
    known = [text for text in texts.values() if text is not None]
    return f"{BETWEEN.join(known)}{ESCAPE}{BETWEEN.join(texts)}"


def _number(value: int | float) -> int | float:
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_WHOLE:
        return int(value)
    return value


def _inner(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what lies within objects, by dotted path; a key with a dot leads nowhere."""
    for key, value in values.items():
        if "." in key:
            continue
        place = f"{path}.{key}" if path else key
        if path:
            yield place, value
        if isinstance(value, Mapping):
            yield from _inner(value, place)
