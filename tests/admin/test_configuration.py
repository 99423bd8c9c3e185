"""The page that writes and loads the configuration."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from personalize.models import Segment
from tests.configuration.test_load import fill

PAGE = "admin:personalize_configuration_changelist"
FILE = "admin:personalize_configuration_export"


@pytest.fixture
def document(db) -> None:
    fill()


def upload(client, document):
    text = document if isinstance(document, str) else json.dumps(document)
    return client.post(reverse(PAGE), {"file": SimpleUploadedFile("a.json", text.encode())})


def test_a_file_is_looked_at_before_it_is_loaded(owner, document):
    answer = owner.get(reverse(FILE))
    assert "attachment" in answer["Content-Disposition"]
    file = answer.json()
    Segment.objects.filter(slug="keen").update(name="Eager")

    page = upload(owner, file)
    assert all(part in page.content.decode() for part in ("Eager", "Keen", "Load it"))
    assert Segment.objects.get(slug="keen").name == "Eager"

    text = page.context["text"]
    done = owner.post(reverse(PAGE), {"text": text, "load": "yes"}, follow=True)
    assert "1 row was loaded." in done.content.decode()
    assert Segment.objects.get(slug="keen").name == "Keen"


def test_faults_are_listed_with_their_paths(owner, document):
    file = owner.get(reverse(FILE)).json()
    file["segments"][0]["kind"] = "guess"
    page = upload(owner, file).content.decode()
    assert "segments[0].kind" in page
    assert "Load it" not in page


def test_what_is_no_json_is_said_to_be_none(owner, db):
    assert "The file is no JSON" in upload(owner, "{").content.decode()


def test_nobody_loads_without_the_permission(staff, document):
    reader = staff("view_configuration")
    assert "Look at it" not in reader.get(reverse(PAGE)).content.decode()
    assert upload(reader, {}).status_code == 403
    assert staff("view_segment").get(reverse(FILE)).status_code == 403
