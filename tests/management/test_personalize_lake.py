"""`manage.py personalize_lake`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.lake.outbox import put
from personalize.lake.table import lake_table
from personalize.lake.write import write_waiting
from personalize.testing import event_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lake(settings, tmp_path):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    for number in range(3):
        put("a:visitor", [event_of("a:visitor", number)])
        write_waiting()


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_lake", *arguments, stdout=out)
    return out.getvalue()


def test_the_status_tells_what_there_is(lake):
    lines = [" ".join(line.split()) for line in said("status").splitlines()]
    assert "rows 3" in lines
    assert "first day 2023-11-14" in lines
    assert json.loads(said("status", "--json"))["rows"] == 3


def test_files_are_joined_and_what_is_left_over_removed(lake):
    assert said("compact") == "Joined the small files of 1 days.\n"
    assert len(lake_table().file_uris()) == 1
    assert said("vacuum") == "Removed 0 files.\n"
    assert said("vacuum", "--hours", "0") == "Removed 3 files.\n"


def test_what_is_too_old_is_deleted(lake):
    assert said("retention") == "Deleted 3 events.\n"


def test_a_site_without_a_lake_is_told_how_to_have_one(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    with pytest.raises(CommandError, match="LAKE_URL"):
        said("status")


def test_a_lake_that_cannot_be_read_is_an_error_in_words(settings, tmp_path):
    (tmp_path / "lake").write_text("a file is no folder")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    with pytest.raises(CommandError, match="did not take it"):
        said("status")


def test_hours_are_not_negative(lake):
    with pytest.raises(CommandError, match="0 or more"):
        said("vacuum", "--hours=-1")
