"""What a computed trait keeps of the events, one row an aggregate.

An aggregate is a commutative monoid: `cell` is the state after one event, `merge` joins two states
of a bucket, in any order and grouping with the same result; `value` reads the cells that count now,
oldest first. So late, repeated-order and handed-over events need no care anywhere else. `trim`
bounds what the buckets hold together. Cells are plain lists, dictionaries and numbers: msgpack.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import floor
from typing import Any

from personalize.rules.aggregates import LARGEST_NUMBER, MOST_DAYS, MOST_DISTINCT, MOST_TEXT
from personalize.rules.typed import typed
from personalize.rules.windows import DAY

Cell = Any
Buckets = dict[int, Cell]

MOST_TOP_VALUES = 128
MOST_TOP_CELLS = 1_024
MILLION = 1_000_000
LARGEST_SUM = 2**63 - 1


def as_number(value: Any) -> int | float | None:
    """Return a finite number of at most 10^12 either way, or None: the event is not counted."""
    kind = type(value)
    if (kind is int or kind is float) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return value  # type: ignore[no-any-return]
    return None


def as_scalar(value: Any) -> Any:
    """Return a text (cut to 128 characters), a finite number or a boolean, else None."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    return value if isinstance(value, bool) else as_number(value)


def as_member(value: Any) -> Any:
    """Return a text or a number, else None: True and 1 would be the same key."""
    return None if isinstance(value, bool) else as_scalar(value)


def as_anything(value: Any) -> Any:
    """Return the value: the aggregate takes whatever is there."""
    return value


@lru_cache(maxsize=16_384, typed=True)
def fingerprint(value: Any) -> int:
    """Return 63 bits that stand for the value's content."""
    digest = blake2b(typed(value).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def millionths(value: int | float) -> int:
    """Return the number as a whole count of millionths: sums of them do not depend on the order.

    By the arithmetic that query engines have too: halves go up.
    """
    return floor(value * 1e6 + 0.5)


def _bounded(total: int) -> int:
    if -LARGEST_SUM <= total <= LARGEST_SUM:
        return total
    return LARGEST_SUM if total > 0 else -LARGEST_SUM


def _decimal(total: int) -> int | float:
    return total // MILLION if total % MILLION == 0 else total / MILLION


def _average(cells: Sequence[Cell], now: int) -> Any:
    number = sum(cell[0] for cell in cells)
    return sum(cell[1] for cell in cells) / MILLION / number


def _union(one: list[int], other: list[int]) -> list[int]:
    return sorted({*one, *other})


def _smallest(one: list[int], other: list[int]) -> list[int]:
    return _union(one, other)[:MOST_DISTINCT]


def _newest_days(one: list[int], other: list[int]) -> list[int]:
    return _union(one, other)[-MOST_DAYS:]


def _with(held: list[int], member: int, merge: Callable[..., list[int]]) -> list[int]:
    return held if member in held else merge(held, [member])


def _number_of_members(cells: Sequence[Cell], now: int) -> int:
    return len(cells[0]) if len(cells) == 1 else len(set().union(*cells))


def _earlier(one: Cell, other: Cell) -> Cell:
    if one[0] == other[0]:
        return min(one, other, key=lambda cell: typed(cell[1]))
    return one if one[0] < other[0] else other


def _later(one: Cell, other: Cell) -> Cell:
    if one[0] == other[0]:
        return max(one, other, key=lambda cell: typed(cell[1]))
    return one if one[0] > other[0] else other


def _rank(counted: tuple[Any, int]) -> tuple[int, str]:
    """Order by frequency; of equally frequent values the typed text decides, not the arrival."""
    return -counted[1], typed(counted[0])


def _add_counts(one: dict[Any, int], other: dict[Any, int]) -> dict[Any, int]:
    added = dict(one)
    for value, number in other.items():
        added[value] = added.get(value, 0) + number
    return added


def _most_frequent(cells: Sequence[Cell], now: int) -> Any:
    total: Counter[Any] = Counter()
    for cell in cells:
        total.update(cell)
    return min(total.items(), key=_rank)[0]


def _seconds_since(cells: Sequence[Cell], now: int, *, chosen: Callable[..., int]) -> int:
    return max(0, now - chosen(cells)) // 1_000


def keep_newest(buckets: Buckets) -> Buckets:
    """Keep the newest bucket: a window that holds any event holds it."""
    if len(buckets) < 2:
        return buckets
    newest = max(buckets)
    return {newest: buckets[newest]}


def keep_distinct(buckets: Buckets) -> Buckets:
    """Keep a value only in its newest bucket, and 256 in all, the newest."""
    if len(buckets) < 2:
        return buckets
    seen: set[int] = set()
    kept: Buckets = {}
    for bucket in sorted(buckets, reverse=True):
        members = [each for each in buckets[bucket] if each not in seen]
        members = members[: MOST_DISTINCT - len(seen)]
        if members:
            kept[bucket] = members
            seen.update(members)
    return kept


def keep_days(buckets: Buckets) -> Buckets:
    """Keep the newest 730 days."""
    return {bucket: buckets[bucket] for bucket in sorted(buckets)[-MOST_DAYS:]}


def keep_frequent(buckets: Buckets) -> Buckets:
    """Keep the 128 most frequent values, and of their cells the newest 1,024."""
    if sum(map(len, buckets.values())) <= MOST_TOP_VALUES:
        return buckets
    total: Counter[Any] = Counter()
    for cell in buckets.values():
        total.update(cell)
    frequent = {value for value, _ in sorted(total.items(), key=_rank)[:MOST_TOP_VALUES]}
    kept: Buckets = {}
    room = MOST_TOP_CELLS
    for bucket in sorted(buckets, reverse=True):
        counted = sorted(
            (item for item in buckets[bucket].items() if item[0] in frequent), key=_rank
        )
        if counted[:room]:
            kept[bucket] = dict(counted[:room])
            room -= len(kept[bucket])
    return kept


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A row of the table; `reads` turns the property into what is counted, None for not at all.

    `add` is a shorter way to `merge(held, cell(at, value))`, for the inner loop of folding; it
    makes a new cell. Without `trim` every bucket is kept: each holds one small cell.
    """

    cell: Callable[[int, Any], Cell]
    merge: Callable[[Cell, Cell], Cell]
    value: Callable[[Sequence[Cell], int], Any]
    reads: Callable[[Any], Any] = as_anything
    add: Callable[[Cell, int, Any], Cell] | None = None
    of_nothing: Any = None
    trim: Callable[[Buckets], Buckets] | None = None
    by_day: bool = False


AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(
        cell=lambda at, value: 1,
        merge=lambda one, other: one + other,
        value=lambda cells, now: sum(cells),
        of_nothing=0,
        add=lambda held, at, value: held + 1,
    ),
    "sum": Aggregate(
        cell=lambda at, value: millionths(value),
        merge=lambda one, other: _bounded(one + other),
        value=lambda cells, now: _decimal(sum(cells)),
        reads=as_number,
        of_nothing=0,
        add=lambda held, at, value: _bounded(held + floor(value * 1e6 + 0.5)),
    ),
    "min": Aggregate(
        cell=lambda at, value: value,
        merge=min,
        value=lambda cells, now: min(cells),
        reads=as_number,
        add=lambda held, at, value: min(held, value),
    ),
    "max": Aggregate(
        cell=lambda at, value: value,
        merge=max,
        value=lambda cells, now: max(cells),
        reads=as_number,
        add=lambda held, at, value: max(held, value),
    ),
    "average": Aggregate(
        cell=lambda at, value: [1, millionths(value)],
        merge=lambda one, other: [one[0] + other[0], _bounded(one[1] + other[1])],
        value=_average,
        reads=as_number,
        add=lambda held, at, value: [held[0] + 1, _bounded(held[1] + floor(value * 1e6 + 0.5))],
    ),
    "distinct": Aggregate(
        cell=lambda at, value: [fingerprint(value)],
        merge=_smallest,
        value=_number_of_members,
        reads=as_member,
        of_nothing=0,
        trim=keep_distinct,
        add=lambda held, at, value: _with(held, fingerprint(value), _smallest),
    ),
    "first": Aggregate(
        cell=lambda at, value: [at, value],
        merge=_earlier,
        value=lambda cells, now: cells[0][1],
        reads=as_scalar,
    ),
    "last": Aggregate(
        cell=lambda at, value: [at, value],
        merge=_later,
        value=lambda cells, now: cells[-1][1],
        reads=as_scalar,
        trim=keep_newest,
    ),
    "top": Aggregate(
        cell=lambda at, value: {value: 1},
        merge=_add_counts,
        value=_most_frequent,
        reads=as_member,
        trim=keep_frequent,
    ),
    "days_active": Aggregate(
        cell=lambda at, value: [at // DAY],
        merge=_newest_days,
        value=_number_of_members,
        of_nothing=0,
        trim=keep_days,
        add=lambda held, at, value: _with(held, at // DAY, _newest_days),
        by_day=True,
    ),
    "seconds_since_last": Aggregate(
        cell=lambda at, value: at,
        merge=max,
        value=lambda cells, now: _seconds_since(cells, now, chosen=max),
        trim=keep_newest,
        add=lambda held, at, value: max(held, at),
    ),
    "seconds_since_first": Aggregate(
        cell=lambda at, value: at,
        merge=min,
        value=lambda cells, now: _seconds_since(cells, now, chosen=min),
        add=lambda held, at, value: min(held, at),
    ),
}

# Aggregates whose value moves with the clock alone.
CLOCKS = frozenset({"seconds_since_last", "seconds_since_first"})
