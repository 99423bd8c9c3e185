"""A behavioural rule counted over the lake, against the SQL that somebody would write for it.

`BENCH_EVENTS=1000000` or `50000000` measures growth; ten million are the default.
"""

import os
import resource
import time
from collections.abc import Callable

from benchmarks import lake_data
from benchmarks.result import Result, alternate

EVENTS = int(os.environ.get("BENCH_EVENTS", "10_000_000"))
MEMORY = "2GB"
RULE = {
    "combinator": "and",
    "rules": [
        {
            "field": "behaviour",
            "behaviour": {
                "event": "Product Viewed",
                "aggregate": "count",
                "window": "30d",
                "where": {
                    "combinator": "and",
                    "rules": [{"field": "category", "operator": "=", "value": "shoes"}],
                },
            },
            "operator": ">",
            "value": 1,
        },
        {
            "field": "behaviour",
            "behaviour": {"event": "Product Added", "aggregate": "sum", "property": "price"},
            "operator": ">=",
            "value": 100,
        },
        {
            "field": "behaviour",
            "behaviour": {"event": "Order Completed", "aggregate": "seconds_since_last"},
            "operator": "<=",
            "value": 40 * 86_400,
        },
    ],
}
BY_HAND = """
WITH links AS (
    SELECT subject AS visitor, 'u:' || substr(properties['user_id'], 2) AS user_id
    FROM events WHERE type = 'link'
), counted AS (
    SELECT coalesce(links.user_id, subject) AS person,
        count(*) FILTER (WHERE event = 'Product Viewed' AND timestamp >= {since}
            AND properties['category'] = 'sshoes') AS views,
        sum(TRY_CAST(substr(properties['price'], 2) AS DOUBLE))
            FILTER (WHERE event = 'Product Added' AND properties['price'][1] = 'n') AS added,
        max(timestamp) FILTER (WHERE event = 'Order Completed') AS ordered_at
    FROM events LEFT JOIN links ON subject = visitor
    WHERE bot = '' AND type = 'track'
        AND event IN ('Product Viewed', 'Product Added', 'Order Completed')
    GROUP BY person
)
SELECT count(*) FROM counted
WHERE views > 1 AND added >= 100 AND ({now} - ordered_at) // 1000 <= 3456000
"""


def run() -> list[Result]:
    """Return the seconds of both and the peak of memory."""
    from personalize.lake.read import connect
    from personalize.rules.query import matching
    from personalize.rules.syntax import parse

    connection = connect(memory=MEMORY)
    connection.raw_sql("SET enable_progress_bar = false")
    connection.raw_sql(f"CREATE VIEW events AS {lake_data.view_of(EVENTS)}")
    rule, now = parse(RULE), lake_data.NOW
    since = (now // 43_200_000 - 59) * 43_200_000
    counts = []

    def ours() -> float:
        return timed(lambda: matching(rule, connection.table("events"), now=now).count().execute())

    def by_hand() -> float:
        sql = BY_HAND.format(now=now, since=since)
        return timed(lambda: connection.con.execute(sql).fetchall()[0][0])

    def timed(count: Callable[[], int]) -> float:
        start = time.perf_counter()
        counts.append(int(count()))
        return time.perf_counter() - start

    seconds, baseline = alternate(ours, by_hand, rounds=5 if EVENTS <= lake_data.MADE else 3)
    assert len(set(counts)) == 1, counts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    name = f"lake_query_{EVENTS // 1_000_000}m"
    return [
        Result(name=name, value=seconds, unit="s", baseline=baseline, ratio=seconds / baseline),
        Result(name=f"{name}_memory", value=peak, unit="MB"),
    ]
