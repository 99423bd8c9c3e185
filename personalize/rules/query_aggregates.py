"""The aggregates of behaviours as queries, one row each: what they make of many events at once.

They agree with the states that profiles keep, whose limits are theirs as well: numbers of at most
10^12, texts of 128 characters, 256 different values, 730 days, sums of millionths.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue

from personalize.rules.aggregates import LARGEST_NUMBER, MOST_DAYS, MOST_DISTINCT, MOST_TEXT
from personalize.rules.columns import NumberColumn, TypedColumn
from personalize.rules.operators import Column
from personalize.rules.windows import DAY

EARLY = 10**15  # makes every time a text of so many digits, which orders as the time does:
EARLY_DIGITS = 16

_ = ibis._


class Counted(NamedTuple):
    """The events that count for one behaviour: when they were, which they are, and their values."""

    at: IntegerValue
    where: BooleanValue
    column: TypedColumn | None = None

    @property
    def values(self) -> TypedColumn:
        """The values of the property that the aggregate looks into."""
        assert self.column is not None  # noqa: S101
        return self.column

    @property
    def number(self) -> Any:
        """The values that are numbers of at most 10^12 either way."""
        number = self.values.number
        return number.between(-LARGEST_NUMBER, LARGEST_NUMBER).ifelse(number, ibis.null("float64"))

    @property
    def member(self) -> Any:
        """The values that are texts, cut, or numbers."""
        text = self.values.text
        return ibis.cases(
            (text.startswith("s"), text.substr(0, MOST_TEXT + 1)),
            (self.number.notnull(), text),
            else_=ibis.null("string"),
        )

    @property
    def scalar(self) -> Any:
        """The values that are texts, cut, or numbers, or booleans."""
        text = self.values.text
        return text.startswith("b").ifelse(text, self.member)

    @property
    def millionths(self) -> Any:
        """The numbers in millionths, which sum up to the same in any order."""
        return (self.number * 1e6 + 0.5).floor().cast("int64")

    @property
    def dated(self) -> Any:
        """The values, each behind its time: the smallest is the first one's, and so on."""
        return dated(self.at, self.scalar)


def dated(at: IntegerValue, text: StringValue) -> StringValue:
    """Return the texts behind their times: the smallest is the earliest, or its smallest text."""
    return (at + EARLY).cast("string") + text


Reduction = Callable[[Counted, int], Any]


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """A row of the table: `value` reduces the events of each person to what counts at `now`.

    `of_nothing` is what it is of no events. `top` has no reduction: it takes counting twice.
    """

    value: Reduction | None
    column: Callable[[Any], Column] = NumberColumn
    of_nothing: int | None = None
    by_day: bool = False


def _count(counted: Counted, now: int) -> Any:
    return counted.at.count(where=counted.where)


def _first(counted: Counted, now: int) -> Any:
    return counted.dated.min(where=counted.where).substr(EARLY_DIGITS)


def _last(counted: Counted, now: int) -> Any:
    return counted.dated.max(where=counted.where).substr(EARLY_DIGITS)


def _sum(counted: Counted, now: int) -> Any:
    return (counted.millionths.sum(where=counted.where) / 1e6).fill_null(0)


def _average(counted: Counted, now: int) -> Any:
    millionths, where = counted.millionths, counted.where
    return millionths.sum(where=where) / 1e6 / millionths.count(where=where)


def _distinct(counted: Counted, now: int) -> Any:
    return ibis.least(counted.member.nunique(where=counted.where), MOST_DISTINCT)


def _days(counted: Counted, now: int) -> Any:
    return ibis.least((counted.at // DAY).nunique(where=counted.where), MOST_DAYS)


def _seconds_since_last(counted: Counted, now: int) -> Any:
    return (now - _past(counted, now).max(where=counted.where)) // 1_000


def _seconds_since_first(counted: Counted, now: int) -> Any:
    return (now - _past(counted, now).min(where=counted.where)) // 1_000


def _past(counted: Counted, now: int) -> Any:
    return ibis.least(counted.at, now)  # of a row, since engines pass over a NULL here


AGGREGATE_QUERIES: dict[str, AggregateQuery] = {
    "count": AggregateQuery(
        lambda counted, now: counted.at.count(where=counted.where), of_nothing=0
    ),
    "sum": AggregateQuery(_sum, of_nothing=0),
    "min": AggregateQuery(lambda counted, now: counted.number.min(where=counted.where)),
    "max": AggregateQuery(lambda counted, now: counted.number.max(where=counted.where)),
    "average": AggregateQuery(_average),
    "distinct": AggregateQuery(_distinct, of_nothing=0),
    "first": AggregateQuery(
        lambda counted, now: counted.dated.min(where=counted.where).substr(EARLY_DIGITS),
        TypedColumn,
    ),
    "last": AggregateQuery(
        lambda counted, now: counted.dated.max(where=counted.where).substr(EARLY_DIGITS),
        TypedColumn,
    ),
    "top": AggregateQuery(None, TypedColumn),
    "days_active": AggregateQuery(_days, of_nothing=0, by_day=True),
    "seconds_since_last": AggregateQuery(_seconds_since_last),
    "seconds_since_first": AggregateQuery(_seconds_since_first),
}


def most_frequent(events: ibis.Table, counted: Counted, *, name: str) -> ibis.Table:
    """Return the most frequent value of each `person`, of equally frequent the smallest text."""
    values = events.filter(counted.where).select("person", value=counted.member)
    counts = values.filter(values.value.notnull()).group_by("person", "value").agg(n=_.count())
    ranked = counts.mutate(
        rank=ibis.row_number().over(group_by="person", order_by=[_.n.desc(), _.value.asc()])
    )
    return ranked.filter(ranked["rank"] == 0).select("person", **{name: ranked.value})
