"""What a document of the configuration holds."""

import json

import pytest

from personalize.configuration.sections import FORMAT, SECTIONS, exported
from tests.configuration.test_load import fill

pytestmark = pytest.mark.django_db


def test_it_is_plain_json_with_every_section() -> None:
    fill()
    document = exported()
    assert json.loads(json.dumps(document)) == document
    assert list(document) == ["format", *(section.name for section in SECTIONS)]
    assert document["format"] == FORMAT


def test_no_row_names_a_number_of_this_database() -> None:
    fill()
    text = json.dumps(exported())
    assert '"id"' not in text
    assert "key_hash" not in text


def test_it_takes_as_many_queries_whatever_there_is(django_assert_max_num_queries) -> None:
    fill()
    with django_assert_max_num_queries(len(SECTIONS) + 1):
        exported()
