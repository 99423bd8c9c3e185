"""The Delta table: made on first use, opened at its newest version."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import TableNotFoundError

from personalize.conf import settings
from personalize.lake.schema import PARTITION, SCHEMA, STATISTICS

CONFIGURATION = {
    # Statistics of other columns would keep visitors' ids in the log, where no erasure reaches.
    "delta.dataSkippingStatsColumns": ",".join(STATISTICS),
    # Six versions a minute: the log of a week is what a reader that stands still may need.
    "delta.logRetentionDuration": "interval 7 days",
    "delta.checkpointInterval": "100",
}
PROPERTIES = WriterProperties(compression="ZSTD")


class NoLake(RuntimeError):
    """`LAKE_URL` is empty: this site keeps no lake."""


def has_lake() -> bool:
    """Return whether this site keeps a lake."""
    return bool(settings().LAKE_URL)


def lake_url() -> str:
    """Return where the lake is: an address, or the path of a folder, also for a `file:///` address.

    Raises NoLake.
    """
    url = settings().LAKE_URL
    if not url:
        raise NoLake("There is no lake: set LAKE_URL to a folder or an s3:// address.")
    if not url.startswith("file:"):
        return url
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise NoLake(f"LAKE_URL: expected file:///absolute/path, found {url!r}.")
    return unquote(parts.path)


def lake_folder() -> Path | None:
    """Return the folder of the lake, None when it is not in this machine's file system."""
    url = lake_url()
    return None if "://" in url else Path(url)


def keep_all_on_disk() -> None:
    """Wait until all that was written is on the disk, where the lake is a folder.

    What removes files asks for it: new files take their place that nobody else has waited for.
    """
    if lake_folder() is not None:
        os.sync()


def storage_options() -> dict[str, str]:
    """Return `LAKE_OPTIONS` as the storage takes them: texts."""
    return {key: str(value) for key, value in settings().LAKE_OPTIONS.items()}


def lake_table() -> DeltaTable:
    """Return the table at its newest version; the first call makes it.

    Raises NoLake, and what the storage raises when it does not answer.
    """
    url = lake_url()
    try:
        return DeltaTable(url, storage_options=storage_options())
    except TableNotFoundError:
        return _made(url)


def app_of(shard: int) -> str:
    """Return the name under which a shard's last committed sequence stands in the table."""
    return f"shard-{shard}"


def committed(table: DeltaTable, shard: int) -> int:
    """Return the last sequence of the shard that the table holds, 0 for none."""
    return table.transaction_version(app_of(shard)) or 0


def files_of(table: DeltaTable, *, first_day: str = "", last_day: str = "") -> list[str]:
    """Return the addresses of the files with the days from the first to the last, both included."""
    days = days_between(first_day, last_day)
    return table.file_uris(file_pruning_predicate=days)


def number_of_rows() -> int:
    """Return how many rows the table has, as its log tells."""
    counts: Any = lake_table().get_add_actions(flatten=True)["num_records"]
    return sum(counts.to_pylist())


def days_between(first_day: str, last_day: str) -> Any:
    """Return what prunes files by day; an empty text is no limit."""
    days = [(PARTITION, ">=", first_day)] if first_day else []
    days += [(PARTITION, "<=", last_day)] if last_day else []
    return days or None


def _made(url: str) -> DeltaTable:
    return DeltaTable.create(
        url,
        SCHEMA,
        mode="ignore",  # another process may be faster
        partition_by=PARTITION,
        name="personalize",
        configuration=CONFIGURATION,
        storage_options=storage_options(),
    )
