"""The OpenAPI description."""

import warnings

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema

from personalize.api.schema import SchemaView

pytestmark = pytest.mark.django_db


def test_anybody_can_read_it():
    answer = Client().get("/personalize/api/schema/", headers={"accept": "application/json"})

    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


def test_it_is_valid_and_made_without_warnings():
    GENERATOR_STATS.reset()
    with patched_settings(SchemaView.custom_settings), warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = SchemaGenerator().get_schema(public=True)

    validate_schema(schema)
    assert not GENERATOR_STATS


def test_it_describes_every_collection_and_only_ours():
    schema = Client().get("/personalize/api/schema/?format=json").json()

    assert {path.split("/")[3] for path in schema["paths"]} == {
        "segments", "slots", "variants", "experiments", "visitors",
    }  # fmt: skip
    assert "/personalize/api/segments/count/" in schema["paths"]
    assert "is_live" in str(schema["paths"]["/personalize/api/segments/"]["get"]["parameters"])
