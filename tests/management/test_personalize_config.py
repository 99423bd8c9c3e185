"""`manage.py personalize_config`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.models import Segment
from tests.configuration.test_load import fill

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_config", *arguments, stdout=out)
    return out.getvalue()


def test_what_is_exported_is_imported_again(tmp_path) -> None:
    fill()
    file = str(tmp_path / "site.json")
    said("export", file)
    Segment.objects.filter(slug="keen").update(name="Eager")

    tried = said("import", file, "--dry-run")
    assert 'segments keen: changed\n  name: "Eager" → "Keen"\n1 rows would change.' in tried
    assert Segment.objects.get(slug="keen").name == "Eager"

    assert "1 rows changed." in said("import", file)
    assert Segment.objects.get(slug="keen").name == "Keen"
    assert said("import", file) == "No difference.\n"


def test_it_goes_to_the_console_without_a_file() -> None:
    assert json.loads(said("export"))["segments"] == []


def test_faults_and_files_that_are_not_there_are_told(tmp_path) -> None:
    file = tmp_path / "site.json"
    with pytest.raises(CommandError, match="No such file"):
        said("import", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="Expecting"):
        said("import", str(file))
    file.write_text('{"format": "1"}')
    with pytest.raises(CommandError, match="format: expected"):
        said("import", str(file))
