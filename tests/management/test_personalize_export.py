"""`manage.py personalize_export`."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.lake.outbox import put
from personalize.lake.write import write_waiting
from personalize.testing import event_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lake(settings, tmp_path):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    put("a:visitor", [event_of("a:visitor", 0), event_of("a:visitor", 1)])
    write_waiting()


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_export", *arguments, stdout=out)
    return out.getvalue()


def test_every_table_is_a_file(lake, tmp_path):
    answer = said("--to", str(tmp_path / "out"), "--format", "csv")
    assert answer.splitlines() == [
        "events: 2 rows",
        "sessions: 1 rows",
        "visitors: 1 rows",
        "memberships: 0 rows",
        "exposures: 0 rows",
    ]
    with (tmp_path / "out" / "events.csv").open() as file:
        assert [row["visitor_id"] for row in csv.DictReader(file)] == ["a:visitor"] * 2


def test_days_are_by_request(lake, tmp_path):
    assert "events: 0 rows" in said("--to", str(tmp_path / "out"), "--from", "2023-11-15")
    assert "events: 2 rows" in said("--to", str(tmp_path / "out"), "--until", "2023-11-14")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "yesterday"], "such as 2026-01-31"),
        (["--from", "2026-02-01", "--until", "2026-01-01"], "--until: expected 2026-02-01"),
    ],
)
def test_a_day_that_is_none_is_named(lake, tmp_path, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        said("--to", str(tmp_path / "out"), *arguments)


def test_a_folder_that_cannot_be_is_named(lake, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="Could not export to"):
        said("--to", str(tmp_path / "file" / "out"))


def test_a_site_without_a_lake_is_told_how_to_have_one(settings, tmp_path):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    with pytest.raises(CommandError, match="LAKE_URL"):
        said("--to", str(tmp_path / "out"))


def test_an_address_of_another_kind_is_named(lake):
    with pytest.raises(CommandError, match="expected a folder or an s3:// address"):
        said("--to", "ftp://example.com/out")


def test_a_persons_data_are_one_file_that_only_its_owner_reads(lake, tmp_path):
    put("a:stranger", [event_of("a:stranger", 2)])
    file = tmp_path / "person.json"
    answer = said("--to", str(file), "--subject", "a:visitor", "--subject", "u:7")
    assert answer == "2 events of a:visitor, u:7\n"
    found = json.loads(file.read_text())
    assert [each["anonymousId"] for each in found["events"]] == ["visitor"] * 2
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("subject", ["7", "u:", "x:7"])
def test_who_is_meant_has_to_be_clear(lake, tmp_path, subject):
    with pytest.raises(CommandError, match="expected u:<user id> or a:<visitor id>"):
        said("--to", str(tmp_path / "person.json"), "--subject", subject)
