"""What aggregates make of many people's events; that profiles agree is held by `tests/parity`."""

from typing import Any

import pytest

from personalize.rules.query_aggregates import AGGREGATE_QUERIES, most_frequent
from personalize.rules.query_people import links_of, with_person
from personalize.rules.query_rows import Rows
from personalize.rules.syntax import parse_behaviour
from tests.lake.conftest import event
from tests.rules.lake_rows import rows_of, table_of

LAST = event(0).timestamp


def reduced(aggregate: str, *values: Any) -> Any:
    """Return the aggregate of events a second apart, a minute after the last."""
    needs_property = aggregate not in {"count", "days_active"} and "seconds" not in aggregate
    named = {"property": "price"} if needs_property else {}
    asked = parse_behaviour({"event": "Product Viewed", "aggregate": aggregate, **named})
    times = [LAST - 1_000 * (len(values) - 1 - n) for n in range(len(values))]
    events = table_of(
        *(
            {"properties": {"price": value}, "timestamp": at}
            for value, at in zip(values, times, strict=True)
        )
    )
    rows = Rows(with_person(events, links=links_of(events)), [asked], now=LAST, in_session=False)
    reduction, counted = AGGREGATE_QUERIES[aggregate].value, rows.counted(asked)
    if reduction is None:
        found = most_frequent(rows.table, counted, name="value")
    else:
        found = rows.table.group_by("person").agg(value=reduction(counted, LAST + 60_000))
    return [row["value"] for row in rows_of(found)]


@pytest.mark.parametrize(
    ("aggregate", "values", "expected"),
    [
        ("count", [1, None, "a"], 3),
        ("sum", [0.1, 0.2, "a", True, 10**12 + 1], 0.3),
        ("sum", ["a"], 0),
        ("min", [3, -1, 2.5], -1),
        ("max", [3, -1, 10**13], 3),
        ("max", ["a"], None),
        ("average", [1, 2, "a"], 1.5),
        ("distinct", ["a", 5, 5.0, True, "a"], 2),
        ("distinct", ["x" * 128 + end for end in "ab"], 1),
        ("first", [None, True, "a"], "b1"),
        ("last", ["a", "x" * 200, [1]], "s" + "x" * 128),
        ("days_active", [1, 2], 1),
        ("seconds_since_last", [1, 2], 60),
        ("seconds_since_first", [1, 2], 61),
    ],
)
def test_an_aggregate_of_a_few_events(aggregate: str, values: list[Any], expected: Any) -> None:
    assert reduced(aggregate, *values) == [expected]


def test_of_equally_frequent_values_the_smallest_text_is_the_top() -> None:
    assert reduced("top", "b", "a", 5, 7, "b", "a", 1) == ["sa"]
    assert reduced("top", "5", 5) == ["n5"]
    assert reduced("top", True) == []


def test_different_values_are_counted_up_to_the_bound_of_profiles() -> None:
    assert reduced("distinct", *range(300)) == [256]
