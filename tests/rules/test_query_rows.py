"""The rows that behaviours count."""

from typing import Any

import pytest

from personalize.rules.query_people import links_of, with_person
from personalize.rules.query_rows import Rows, touched
from personalize.rules.syntax import Behaviour, parse_behaviour
from tests.rules.lake_rows import NOW, number_of, table_of

HOUR, DAY = 3_600_000, 86_400_000


def views(window: str | None = None, where: Any = None, aggregate: str = "count") -> Behaviour:
    asked = {"event": "Product Viewed", "aggregate": aggregate, "window": window, "where": where}
    return parse_behaviour(asked)


def number(behaviour: Behaviour, *events: dict[str, Any]) -> int:
    """Return how many of the events the behaviour counts."""
    table = table_of(*events)
    rows = Rows(with_person(table, links=links_of(table)), [behaviour], now=NOW, in_session=False)
    return number_of(rows.table.filter(rows.counted(behaviour).where))


def test_events_of_people_by_the_name_count() -> None:
    assert number(views(), {}, {"event": "Order Completed"}, {"bot": "ua"}) == 1


@pytest.mark.parametrize(
    ("window", "granule"), [("1h", 60_000), ("7d", 3 * HOUR), ("400d", 7 * DAY)]
)
def test_a_window_begins_with_a_whole_granule(window: str, granule: int) -> None:
    length = {"1h": HOUR, "7d": 7 * DAY, "400d": 400 * DAY}[window]
    first = (NOW // granule - -(-length // granule) + 1) * granule
    inside, outside = {"timestamp": first}, {"timestamp": first - 1}
    assert number(views(window), inside, outside, {"timestamp": NOW + HOUR}) == 2


def test_days_are_counted_by_day_however_short_the_window() -> None:
    today = NOW // DAY * DAY
    by_day = views("1h", aggregate="days_active")
    assert number(by_day, {"timestamp": today}, {"timestamp": today - 1}) == 1


def test_a_filter_reads_the_properties_by_every_name() -> None:
    def where(field: str, value: Any) -> dict[str, Any]:
        return {"combinator": "and", "rules": [{"field": field, "operator": "=", "value": value}]}

    shown = {"properties": {"price": 5.0, "address": {"city": "Bern"}}}
    assert number(views(where=where("price", 5)), shown, {}) == 1
    assert number(views(where=where("address.city", "Bern")), shown, {}) == 1
    assert number(views(where={"combinator": "and", "not": True, "rules": []}), shown) == 0


def test_rows_that_no_behaviour_counts_are_left_out() -> None:
    table = table_of({}, {"timestamp": NOW - 9 * DAY}, {"event": "Order Completed"}, {"bot": "ua"})
    assert number_of(touched(table, [views("7d")], now=NOW)) == 1
    assert number_of(touched(table, [views("7d"), views()], now=NOW)) == 2
