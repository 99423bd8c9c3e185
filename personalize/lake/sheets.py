"""Batches of rows as a Parquet or CSV file, in a folder or under an s3:// address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv, fs

from personalize.lake.table import storage_options

# A spreadsheet takes a text that begins so for a formula; with a ' before it, for a text.
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def write(batches: Iterator[pa.RecordBatch], *, to: str, name: str, file_format: str) -> int:
    """Write the batches, of which there is at least one, as a file, and return how many rows.

    A file that is there is replaced when its successor is complete.
    """
    open_writer, prepare = FORMATS[file_format]
    rows = 0
    with _stream(to, f"{name}.{file_format}") as stream:
        first = prepare(next(batches))
        with open_writer(stream, first.schema) as writer:
            writer.write_batch(first)
            for batch in batches:
                writer.write_batch(prepare(batch))
                rows += batch.num_rows
    return int(rows + first.num_rows)


@contextmanager
def _stream(to: str, path: str) -> Iterator[Any]:
    """Let a file be written beside its place, and put it there when it is complete."""
    bucket = _bucket(to) if "://" in to else None
    folder = Path(mkdtemp(prefix="personalize-export-") if bucket else to)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{path}.part"
    try:
        with part.open("wb") as stream:
            yield stream
        if bucket:
            remote, prefix = bucket
            fs.copy_files(
                str(part),
                f"{prefix}/{path}",
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=remote,
            )
        else:
            part.replace(folder / path)
    finally:
        part.unlink(missing_ok=True)
        if bucket:
            folder.rmdir()


def _bucket(address: str) -> tuple[fs.S3FileSystem, str]:
    """Return the storage of an s3:// address, opened with `LAKE_OPTIONS`, and the rest of it."""
    scheme, _, rest = address.partition("://")
    if scheme != "s3":
        raise OSError(f"expected a folder or an s3:// address, got {address!r}")
    options = {
        name.lower().removeprefix("aws_"): value for name, value in storage_options().items()
    }
    storage = fs.S3FileSystem(
        access_key=options.get("access_key_id"),
        secret_key=options.get("secret_access_key"),
        session_token=options.get("session_token"),
        region=options.get("region"),
        endpoint_override=options.get("endpoint_url") or options.get("endpoint"),
    )
    return storage, rest.rstrip("/")


def _harmless(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with no text that a spreadsheet would take for a formula."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_string(field.type):
            texts = batch.column(place)
            is_formula = pc.match_substring_regex(texts, FORMULA)
            quoted = pc.binary_join_element_wise("'", texts, "")
            batch = batch.set_column(place, field, pc.if_else(is_formula, quoted, texts))
    return batch


def _as_it_is(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _parquet_writer(stream: Any, schema: pa.Schema) -> Any:
    return pq.ParquetWriter(stream, schema, compression="zstd")


Prepare = Callable[[pa.RecordBatch], pa.RecordBatch]
FORMATS: dict[str, tuple[Callable[[Any, pa.Schema], Any], Prepare]] = {
    "parquet": (_parquet_writer, _as_it_is),
    "csv": (csv.CSVWriter, _harmless),
}
