"""What is done to events: per source, and per event and property, compiled for a whole batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from personalize.clean.texts import Tidier
from personalize.events.declared import CLASSES, Declared
from personalize.events.units import MONEY

NORMAL = 1.4826  # how many times the MAD a normal distribution's standard deviation is


@dataclass(frozen=True)
class SourcePolicy:
    """How the events of one source are cleaned. What is zero is off."""

    fingerprint_seconds: int = 0
    bot_threshold: int = 100
    visitor_events_a_minute: int = 300
    clicks_in_ten_seconds: int = 40
    products_a_minute: int = 60
    network_events_a_minute: int = 3_000
    currency: str = ""
    url_query_allowed: frozenset[str] = frozenset()
    masks_personal: bool = True

    @cached_property
    def tidier(self) -> Tidier:
        """Return what tidies the texts of this source's events, with its memory."""
        return Tidier(allowed=self.url_query_allowed, is_masking=self.masks_personal)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the values of a property were like of late; `mad` is the median absolute deviation."""

    count: int = 0
    nulls: int = 0
    median: float | None = None
    mad: float | None = None
    mode: Any = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which a number lies that is no outlier, and what becomes of one that is."""

    lowest: float
    highest: float
    is_moved: bool


class Typed(NamedTuple):
    """A declared type, and the classes of values that are of it without a closer look."""

    name: str
    classes: frozenset[type]


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """What is done to the events of one name; a name without any is left alone."""

    types: Mapping[str, Typed] = field(default_factory=dict)
    money: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, Declared], ...] = ()
    bounds: tuple[tuple[str, Bounds], ...] = ()
    kept: frozenset[str] = frozenset()
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    from_visitor: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is declared that needs doing."""
        parts = (self.types, self.money, self.units, self.missing, self.bounds, self.kept)
        return not any(parts)


@dataclass(frozen=True)
class Policies:
    """Everything that cleaning goes by. `rates` are how much of `currency` one unit is worth."""

    sources: Mapping[str, SourcePolicy] = field(default_factory=dict)
    events: Mapping[str, EventPolicy] = field(default_factory=dict)
    currency: str = ""
    rates: Mapping[str, float] = field(default_factory=dict)
    default: SourcePolicy = field(default_factory=SourcePolicy)

    @cached_property
    def is_imputing_last(self) -> bool:
        """Whether any property is filled from what its visitor's last event had.

        Worked out once a configuration: every visitor of every batch asks.
        """
        return any(policy.from_visitor for policy in self.events.values())

    def of_source(self, source: str) -> SourcePolicy:
        """Return the policy of a source; one without its own has the default."""
        return self.sources.get(source, self.default)


def compile_event(
    declared: Mapping[str, Declared],
    *,
    statistics: Mapping[str, Statistics],
    is_converting: bool,
) -> EventPolicy:
    """Return what is to be done to the events of one name, by what is declared of its properties.

    Money is converted only on a site that says its currency.
    """
    plain = {name: each for name, each in declared.items() if "." not in name}
    bounds = ((name, bounds_of(each, statistics.get(name))) for name, each in plain.items())
    missing = {name: each for name, each in plain.items() if each.missing != "leave"}
    return EventPolicy(
        types={name: Typed(each.type, _classes(each.type)) for name, each in plain.items()},
        money=tuple(
            name for name, each in declared.items() if is_converting and each.unit == MONEY
        ),
        units=tuple(
            (name, each.unit) for name, each in declared.items() if each.unit not in ("", MONEY)
        ),
        missing=tuple(missing.items()),
        bounds=tuple((name, found) for name, found in bounds if found),
        kept=frozenset(name for name, each in plain.items() if not each.masked),
        statistics=statistics,
        from_visitor=tuple(
            name
            for name, each in missing.items()
            if each.missing == "impute" and each.impute == "last"
        ),
    )


def _classes(type_: str) -> frozenset[type]:
    return frozenset({*CLASSES[type_], type(None)})


def bounds_of(declared: Declared, statistics: Statistics | None) -> Bounds | None:
    """Return the bounds: the median and so many robust standard deviations (1.4826 MAD) around it.

    There are none while nothing is known, and none where more than half of the values are the same.
    """
    if declared.outliers == "leave" or statistics is None:
        return None
    if statistics.median is None or not statistics.mad:
        return None
    reach = declared.deviations * NORMAL * statistics.mad
    return Bounds(
        lowest=statistics.median - reach,
        highest=statistics.median + reach,
        is_moved=declared.outliers == "winsorise",
    )
