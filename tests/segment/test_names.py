"""Names for sentences: those that editors gave, looked up once."""

import uuid

import pytest

from personalize.segment.names import editors_names, titles_of
from tests.factories import ExperimentFactory, SegmentFactory, VariantFactory

pytestmark = pytest.mark.django_db


def test_segments_are_called_what_editors_call_them(django_assert_num_queries):
    SegmentFactory(slug="vip", name="Our best")
    names = editors_names()
    with django_assert_num_queries(1):
        assert [names.segment(slug) for slug in ("vip", "unknown")] == ["Our best", "unknown"]


def test_variants_and_experiments_of_any_app_have_titles(django_assert_num_queries):
    variant, experiment = VariantFactory(name="Warm"), ExperimentFactory(name="Welcome")
    asked = [str(variant.uuid), str(experiment.uuid), str(uuid.uuid4()), "a template's own"]
    assert titles_of(asked) == {str(variant.uuid): "Warm", str(experiment.uuid): "Welcome"}
    with django_assert_num_queries(0):
        assert titles_of(["a template's own"]) == {}
