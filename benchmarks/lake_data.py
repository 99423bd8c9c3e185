"""Made-up events of a shop as files of the lake, made by DuckDB once and kept under `var/bench`."""

import shutil
from pathlib import Path

import duckdb

from personalize.lake.schema import SCHEMA

ROOT = Path(__file__).parent.parent / "var" / "bench"
NOW = 1_790_000_000_000
DAYS = 60
EVENTS_A_VISITOR = 20
PART = 5_000_000
MADE = 10_000_000  # at most; more are copies of these

_ROWS = """
SELECT
    strftime(make_timestamp(moment * 1000), '%Y-%m-%d') AS day,
    IF(visitor % 10 = 0, 'u:' || visitor, 'a:' || md5(visitor::VARCHAR)) AS subject,
    IF(kind < 45, 'page', 'track') AS type,
    CASE WHEN kind < 45 THEN 'Page Viewed' WHEN kind < 80 THEN 'Product Viewed'
         WHEN kind < 90 THEN 'Product Added' WHEN kind < 94 THEN 'Order Completed'
         ELSE 'Element Clicked' END AS event,
    'm' || n AS message_id,
    moment AS timestamp,
    moment + 120 AS received_at,
    NULL::BIGINT AS original_timestamp,
    md5(visitor::VARCHAR) AS anonymous_id,
    IF(visitor % 10 = 0, visitor::VARCHAR, '') AS user_id,
    'browser' AS source,
    IF(visitor % 97 = 0, 'ua', '') AS bot,
    CASE WHEN kind < 45 THEN MAP {{'path': 's/p/' || (n % 500), 'title': 'sA page of the shop'}}
         ELSE MAP {{'category': 's' || ['shoes', 'books', 'toys', 'garden'][1 + n % 4],
                   'price': 'n' || (n % 200) || '.5', 'product_id': 'sp' || (n % 5000),
                   'quantity': 'n' || (1 + n % 3)}} END AS properties,
    MAP {{}}::MAP(VARCHAR, VARCHAR) AS traits,
    MAP {{'browser': 'sFirefox', 'country': 'sSE', 'device': 'sphone', 'hour': 'n' || (n % 24),
         'language': 'ssv', 'os': 'sAndroid', 'path': 's/p/' || (n % 500)}} AS context,
    []::VARCHAR[] AS notes,
    encode('event ' || n) AS body,
    (visitor % 16)::INTEGER AS shard,
    n AS sequence,
    0::INTEGER AS number
FROM (
    SELECT i AS n, (hash(i) % {visitors})::BIGINT AS visitor, (hash(i + 7) % 100)::BIGINT AS kind,
        {now} - (hash(i + 3) % {span})::BIGINT AS moment
    FROM range({start}, {end}) AS numbers(i)
)
"""


def files(events: int) -> list[str]:
    """Return the Parquet files with so many events, made on the first call."""
    folder = folder_of(events)
    if not (folder / "done").exists():
        _make(folder, events)
    return sorted(map(str, folder.glob("day=*/*.parquet")))


def folder_of(events: int) -> Path:
    """Return where the files with so many events are, by day."""
    return ROOT / f"lake-{events}"


def view(files: list[str]) -> str:
    """Return the SQL that reads the files as the lake's reader does."""
    columns = ", ".join(f'"{name}"' for name in SCHEMA.names)
    paths = ", ".join(f"'{path}'" for path in files)
    return (
        f"SELECT {columns} FROM read_parquet([{paths}], hive_partitioning = true, "
        "hive_types = {'day': VARCHAR})"
    )


def view_of(events: int) -> str:
    """Return the SQL of so many events: of more than ten million, copies with other subjects.

    So fifty million need no hour to make, and are read and grouped like fifty million.
    """
    if events <= MADE:
        return view(files(events))
    source = view(files(MADE))
    copies = [
        f"SELECT * REPLACE (subject || '-{number}' AS subject) FROM ({source})"
        for number in range(events // MADE)
    ]
    return " UNION ALL ".join(copies)


def _make(folder: Path, events: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection = duckdb.connect(
        config={
            "memory_limit": "4GB",
            "temp_directory": str(ROOT),
            "enable_progress_bar": "false",
        }
    )
    for start in range(0, events, PART):
        rows = _ROWS.format(
            visitors=max(events // EVENTS_A_VISITOR, 1),
            span=DAYS * 86_400_000,
            now=NOW,
            start=start,
            end=min(start + PART, events),
        )
        connection.execute(
            f"COPY ({rows} ORDER BY day) TO '{folder}' (FORMAT parquet, PARTITION_BY (day), "
            f"COMPRESSION snappy, APPEND, FILENAME_PATTERN 'part-{{uuid}}')"
        )
    (folder / "done").touch()
