"""What a behaviour can count of a visitor's events, one row each."""

import re
from dataclasses import dataclass
from typing import Any

from personalize.rules.fields import Kind, Unexpected, did_you_mean

MAX_WINDOW_DAYS = 1_920  # 64 granules of 30 days: what a computed trait keeps at most

_MINUTES = {"m": 1, "h": 60, "d": 1_440}
_WINDOW = re.compile(r"([1-9][0-9]{0,8})([mhd])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A row of the table; `kind` is ANY where the value is one of the property's own."""

    label: str
    kind: Kind = Kind.NUMBER
    needs_property: bool = True


AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate("the number of", needs_property=False),
    "sum": Aggregate("the sum of"),
    "min": Aggregate("the smallest"),
    "max": Aggregate("the largest"),
    "average": Aggregate("the average of"),
    "distinct": Aggregate("the number of different values of"),
    "first": Aggregate("the first", Kind.ANY),
    "last": Aggregate("the last", Kind.ANY),
    "top": Aggregate("the most frequent", Kind.ANY),
    "days_active": Aggregate("the number of days with", needs_property=False),
    "seconds_since_last": Aggregate("the seconds since the last", needs_property=False),
    "seconds_since_first": Aggregate("the seconds since the first", needs_property=False),
}


def checked_aggregate(name: Any) -> str:
    """Return the name of an aggregate that exists, or raise Unexpected."""
    if isinstance(name, str) and name in AGGREGATES:
        return name
    raise Unexpected(f"expected one of {', '.join(AGGREGATES)}.{did_you_mean(name, AGGREGATES)}")


def checked_window(window: Any) -> str | None:
    """Return `session`, a length such as `7d`, or None for all time; else raise Unexpected."""
    if window is None or window == "":
        return None
    if window != "session":
        window_minutes(window)
    return str(window)


def window_minutes(window: Any) -> int:
    """Return the minutes in a window such as `30m`, `24h` or `7d`, or raise Unexpected."""
    found = _WINDOW.fullmatch(window) if isinstance(window, str) else None
    if not found:
        raise Unexpected(
            'expected nothing (all time), "session", or a length such as "30m", "24h", "7d"'
        )
    minutes = int(found[1]) * _MINUTES[found[2]]
    if minutes > MAX_WINDOW_DAYS * _MINUTES["d"]:
        raise Unexpected(f"expected at most {MAX_WINDOW_DAYS}d, got {window}")
    return minutes
