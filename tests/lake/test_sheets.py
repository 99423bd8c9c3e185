"""Rows become files that other tools open, without danger."""

import csv
import errno
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from personalize.lake.sheets import write


def batch(*texts: str | None) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {"text": pa.array(texts, pa.string()), "n": [-1.5] * len(texts)}
    )


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_parquet_file_holds_the_rows_as_they_are(tmp_path):
    batches = iter([batch("a", None), batch("=1+1")])
    assert write(batches, to=str(tmp_path / "new"), name="t", file_format="parquet") == 3
    assert pq.read_table(tmp_path / "new" / "t.parquet")["text"].to_pylist() == ["a", None, "=1+1"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_text_in_a_csv_is_a_formula_S3(tmp_path, text):
    write(iter([batch(text)]), to=str(tmp_path), name="t", file_format="csv")
    assert rows_of(tmp_path / "t.csv")[1] == [f"'{text}", "-1.5"]


def test_other_texts_in_a_csv_stay_as_they_are(tmp_path):
    texts = ["plain", 'quo"te', "new\nline", "a,b", "1-1", "", "'x"]
    write(iter([batch(*texts, None)]), to=str(tmp_path), name="t", file_format="csv")
    assert [row[0] for row in rows_of(tmp_path / "t.csv")] == ["text", *texts, ""]


def test_a_file_is_replaced_only_by_a_complete_one(tmp_path):
    def breaks_off():
        yield batch("new")
        raise OSError(errno.ENOSPC, "No space left on device")

    write(iter([batch("old")]), to=str(tmp_path), name="t", file_format="parquet")
    with pytest.raises(OSError, match="No space"):
        write(breaks_off(), to=str(tmp_path), name="t", file_format="parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]
    assert pq.read_table(tmp_path / "t.parquet")["text"].to_pylist() == ["old"]
