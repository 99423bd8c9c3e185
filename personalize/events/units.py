"""Units of measure, and turning a number from one into another."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import NamedTuple

# The unit of what is worth something: the site's own currency, whatever it is.
MONEY = "money"

DIGITS = 6  # sums count in millionths


class Unit(NamedTuple):
    """How many of the dimension's first unit one of this is; `offset` is where its zero lies."""

    dimension: str
    factor: float
    offset: float = 0.0


UNITS: Mapping[str, Unit] = {
    "g": Unit("mass", 1),
    "mg": Unit("mass", 0.001),
    "kg": Unit("mass", 1_000),
    "t": Unit("mass", 1_000_000),
    "oz": Unit("mass", 28.349523125),
    "lb": Unit("mass", 453.59237),
    "m": Unit("length", 1),
    "mm": Unit("length", 0.001),
    "cm": Unit("length", 0.01),
    "km": Unit("length", 1_000),
    "in": Unit("length", 0.0254),
    "ft": Unit("length", 0.3048),
    "yd": Unit("length", 0.9144),
    "mi": Unit("length", 1_609.344),
    "s": Unit("time", 1),
    "ms": Unit("time", 0.001),
    "min": Unit("time", 60),
    "h": Unit("time", 3_600),
    "d": Unit("time", 86_400),
    "l": Unit("volume", 1),
    "ml": Unit("volume", 0.001),
    "gal": Unit("volume", 3.785411784),
    "C": Unit("temperature", 1),
    "K": Unit("temperature", 1, -273.15),
    "F": Unit("temperature", 5 / 9, -160 / 9),
    "B": Unit("size", 1),
    "kB": Unit("size", 1_000),
    "MB": Unit("size", 1_000_000),
    "GB": Unit("size", 1_000_000_000),
}


def converted(value: float, *, given: str, wanted: str) -> float | None:
    """Return the value in the wanted unit; None when the two do not measure the same.

    >>> converted(2, given="lb", wanted="kg")
    0.907185
    """
    one, other = UNITS.get(given), UNITS.get(wanted)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return _finite(lambda: (value * one.factor + one.offset - other.offset) / other.factor)


def exchanged(value: float, *, rate: float) -> float | None:
    """Return the value times the rate; None when no number holds it."""
    return _finite(lambda: value * rate)


def _finite(work_out: Callable[[], float]) -> float | None:
    try:
        value = work_out()
    except OverflowError:  # a whole number that no float holds
        return None
    return round(value, DIGITS) if isfinite(value) else None
