"""The same rule over the same files on a Spark cluster of two workers and on DuckDB.

The ratio tells how many times longer Spark takes: on one machine it cannot win, and has not to.
"""

import os
import time
from collections.abc import Callable

from benchmarks import lake_data
from benchmarks.lake_query import MEMORY, RULE
from benchmarks.result import Result, alternate

EVENTS = int(os.environ.get("BENCH_EVENTS", "1_000_000"))


def run() -> list[Result]:
    """Return the events a second of both sides, after making sure that they agree."""
    import ibis

    from personalize.lake.read import connect
    from personalize.rules.query import matching
    from personalize.rules.syntax import parse
    from tests.spark_cluster import spark_session

    rule, files = parse(RULE), lake_data.files(EVENTS)
    duck = connect(memory=MEMORY)
    duck.raw_sql("SET enable_progress_bar = false")
    duck.raw_sql(f"CREATE VIEW events AS {lake_data.view(files)}")
    with spark_session() as session:
        session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        folder = str(lake_data.folder_of(EVENTS))
        rows = session.read.option("basePath", folder).parquet(*files)
        rows.createOrReplaceTempView("events")
        spark = ibis.pyspark.connect(session)
        counts = []

        def side(backend: ibis.BaseBackend) -> Callable[[], float]:
            meant = matching(rule, backend.table("events"), now=lake_data.NOW).count()

            def speed() -> float:
                start = time.perf_counter()
                counts.append(int(backend.execute(meant)))
                return EVENTS / (time.perf_counter() - start)

            return speed

        ours, baseline = alternate(side(spark), side(duck))
    assert len(set(counts)) == 1, counts
    return [
        Result(
            name="spark_parity",
            value=ours,
            unit="events/s on Spark",
            baseline=baseline,
            ratio=baseline / ours,
        )
    ]
