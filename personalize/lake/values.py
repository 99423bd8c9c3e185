"""Typed texts of the lake, back to values: DuckDB and Spark read them without functions for JSON.

How they are made is the rules' (`rules.typed`), which ask of them and order by them.
"""

from typing import Any

import msgspec

from personalize.rules.typed import END, ESCAPE

_from_json = msgspec.json.Decoder().decode


def decode_value(text: str) -> Any:
    """Return the value that a typed text stands for; a whole number is an integer.

    >>> decode_value("n2.5")
    2.5
    """
    kind, rest = text[0], text[1:]
    if kind == "l":
        return [_member(member) for member in rest[1:].split(END)[:-1]]
    if kind == "s":
        return rest
    if kind == "n":
        return _number(rest)
    if kind == "b":
        return rest == "1"
    return None if kind == "z" else _from_json(rest)


def _member(text: str) -> Any:
    return decode_value(text.replace(ESCAPE + "1", END).replace(ESCAPE + "0", ESCAPE))


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
