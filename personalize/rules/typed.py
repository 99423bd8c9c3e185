"""Values as typed texts: one form for every type, which all query engines read and order alike.

The first letter is the type: `s` a text, `n` a number as Python writes it (a whole one without a
point: 5.0 and 5 are the same), `b1` and `b0` true and false, `l` a list, `j` the JSON of anything
else, `z` a null within a list. The members of a list are typed texts too, each ended by U+001F,
after a first one: whether `red` is a member of `l␟sred␟n5␟` is whether `␟sred␟` is a part of it.
Within members U+001E and U+001F are escaped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

END = "\x1f"
ESCAPE = "\x1e"
LARGEST_WHOLE = 2**53  # beyond it a float stands for many whole numbers

_json = msgspec.json.Encoder(order="deterministic").encode


def typed(value: Any) -> str:
    """Return a value as a typed text.

    >>> typed("red"), typed(2.5), typed(5.0), typed(True)
    ('sred', 'n2.5', 'n5', 'b1')
    """
    if isinstance(value, str):
        return f"s{value}"
    if isinstance(value, bool):
        return "b1" if value else "b0"
    if isinstance(value, int | float):
        return f"n{_number(value)!r}"
    if isinstance(value, list | tuple):
        return END.join(["l", *map(member, value), ""])
    return "z" if value is None else f"j{_json(value).decode()}"


def member(value: Any) -> str:
    """Return a value as a typed text within a list."""
    text = f"j{_json(value).decode()}" if isinstance(value, list | tuple) else typed(value)
    return text.replace(ESCAPE, f"{ESCAPE}0").replace(END, f"{ESCAPE}1")


def typed_map(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return each value as a typed text, None as None, with the keys in order."""
    texts = {key: None if value is None else typed(value) for key, value in values.items()}
    return dict(sorted(texts.items()))


def typed_names(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values with their names, those within objects under dotted names as well.

    A name is there exactly when `rules.evaluate.property_reader` finds a value under it, and has
    that value: a key `address.city` hides `city` within `address`, and a null is no value. The
    names are in order.

    >>> typed_names({"age": 7, "address": {"city": "Bern"}})
    {'address': 'j{"city":"Bern"}', 'address.city': 'sBern', 'age': 'n7'}
    """
    named = dict(_named(values, hidden=values, prefix=""))
    return {name: typed(named[name]) for name in sorted(named) if named[name] is not None}


def order_of(values: Mapping[str, Any]) -> str:
    """Return a text by which to order mappings of the same moment: their typed texts decide."""
    texts = typed_names(values)
    return f"{END.join(texts.values())}{ESCAPE}{END.join(texts)}"


def _number(value: int | float) -> int | float:
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_WHOLE:
        return int(value)
    return value


def _named(
    values: Mapping[str, Any], *, hidden: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if not prefix:
            yield key, value
        elif "." not in key and prefix + key not in hidden:
            yield prefix + key, value
        if isinstance(value, Mapping) and "." not in key:
            yield from _named(value, hidden=hidden, prefix=f"{prefix}{key}.")
