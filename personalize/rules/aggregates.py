"""What a behaviour can count of a visitor's events, one row each."""

import re
from dataclasses import dataclass
from typing import Any

from personalize.rules.fields import Kind, Unexpected, did_you_mean
from personalize.rules.phrases import gettext_noop

# What of an event's property counts, and how many different values and days at most.
LARGEST_NUMBER = 10**12
MOST_TEXT = 128
MOST_DISTINCT = 256
MOST_DAYS = 730
MAX_WINDOW_DAYS = 1_920  # 64 granules of 30 days: what a computed trait keeps at most

_MINUTES = {"m": 1, "h": 60, "d": 1_440}
_WINDOW = re.compile(r"([1-9][0-9]{0,8})([mhd])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A row of the table; `kind` is ANY where the value is one of the property's own."""

    phrase: str
    kind: Kind = Kind.NUMBER
    needs_property: bool = True


AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(gettext_noop("the number of {event}"), needs_property=False),
    "sum": Aggregate(gettext_noop("the sum of {property} in {event}")),
    "min": Aggregate(gettext_noop("the smallest {property} in {event}")),
    "max": Aggregate(gettext_noop("the largest {property} in {event}")),
    "average": Aggregate(gettext_noop("the average {property} in {event}")),
    "distinct": Aggregate(gettext_noop("the number of different {property} in {event}")),
    "first": Aggregate(gettext_noop("the first {property} in {event}"), Kind.ANY),
    "last": Aggregate(gettext_noop("the last {property} in {event}"), Kind.ANY),
    "top": Aggregate(gettext_noop("the most frequent {property} in {event}"), Kind.ANY),
    "days_active": Aggregate(gettext_noop("the number of days with {event}"), needs_property=False),
    "seconds_since_last": Aggregate(
        gettext_noop("the time since the last {event}"), needs_property=False
    ),
    "seconds_since_first": Aggregate(
        gettext_noop("the time since the first {event}"), needs_property=False
    ),
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
