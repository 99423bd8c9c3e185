"""The table is made once and opened at its newest version."""

from pathlib import Path

import pytest
from deltalake import CommitProperties, Transaction, write_deltalake
from pytest_django import Settings

from personalize.events.event import encode
from personalize.lake.batch import batch_of
from personalize.lake.row import Row
from personalize.lake.schema import SCHEMA
from personalize.lake.table import (
    NoLake,
    app_of,
    committed,
    files_of,
    has_lake,
    lake_folder,
    lake_table,
)
from tests.lake.conftest import event

DAY = 86_400


def put(*numbers: int, sequence: int = 1) -> None:
    """Append events to the lake without an outbox."""
    rows = [Row(0, sequence, place, encode(event(each))) for place, each in enumerate(numbers)]
    done = CommitProperties(app_transactions=[Transaction(app_of(0), sequence)])
    write_deltalake(lake_table(), batch_of(rows), mode="append", commit_properties=done)


def test_the_first_call_makes_the_table(lake: Path):
    table = lake_table()
    assert [field.name for field in table.schema().fields] == SCHEMA.names
    assert table.metadata().partition_columns == ["day"]
    assert lake_table().version() == 0


def test_a_site_without_a_lake_is_told_how_to_have_one(settings: Settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    assert not has_lake()
    with pytest.raises(NoLake, match="LAKE_URL"):
        lake_table()


def test_the_table_remembers_what_each_shard_has_committed(lake: Path):
    put(1, sequence=7)
    assert [committed(lake_table(), shard) for shard in (0, 1)] == [7, 0]


def test_files_are_those_of_the_days_asked_for(lake: Path):
    put(0, DAY, 2 * DAY)
    found = files_of(lake_table(), first_day="2026-09-22", last_day="2026-09-22")
    assert [Path(each).parent.name for each in found] == ["day=2026-09-22"]
    assert len(files_of(lake_table())) == 3


def test_the_log_of_the_table_says_nothing_of_who_is_in_it(lake: Path):
    put(1)
    log = "".join(path.read_text() for path in (lake / "_delta_log").glob("*.json"))
    assert "numRecords" in log
    assert "a:visitor" not in log


def test_a_lake_may_be_named_by_a_file_address(settings, tmp_path):
    url = f"file://{tmp_path}/my%20lake"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": url}
    put(1)
    assert len(files_of(lake_table())) == 1
    assert (tmp_path / "my lake" / "_delta_log").is_dir()
    assert lake_folder() == tmp_path / "my lake"


def test_a_file_address_of_another_machine_is_refused(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": "file://data/lake"}
    with pytest.raises(NoLake, match="file:///"):
        lake_table()
