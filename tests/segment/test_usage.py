"""Where a segment is used."""

import pytest
from cms.api import add_plugin
from cms.models import Placeholder

from personalize.models import Variant
from personalize.segment.usage import usages
from tests.factories import ExperimentFactory, SegmentFactory, VariantFactory

pytestmark = pytest.mark.django_db


def naming(slug):
    leaf = {"field": "segments", "operator": "in", "value": ["other", slug]}
    return {"combinator": "or", "rules": [{"combinator": "and", "rules": [leaf]}]}


def test_every_kind_of_row_that_names_the_segment_is_found():
    vip = SegmentFactory(slug="vip")
    rows = [
        SegmentFactory(rule=naming("vip")),
        VariantFactory(audience=naming("vip")),
        ExperimentFactory(audience=naming("vip")),
    ]
    VariantFactory(audience=naming("vipers"))

    assert {usage.row for usage in usages(vip)} == set(rows)


def test_a_usage_reads_as_what_and_which():
    vip = SegmentFactory(slug="vip")
    VariantFactory(audience=naming("vip"), name="Hello", slot__key="hero")

    assert [str(usage) for usage in usages(vip)] == ["variant “hero: Hello”"]


def test_a_rule_that_no_longer_parses_counts_when_it_mentions_the_slug():
    vip = SegmentFactory(slug="vip")
    broken = VariantFactory()
    Variant.objects.filter(pk=broken.pk).update(audience={"field": "group", "value": "vip"})

    assert [usage.row for usage in usages(vip)] == [broken]


def test_a_variant_in_a_page_that_lists_the_segment_counts():
    vip = SegmentFactory(slug="vip")
    placeholder = Placeholder.objects.create(slot="content")
    variant = add_plugin(placeholder, "VariantPlugin", "en", name="Hello", segments=["vip"])

    assert [usage.row for usage in usages(vip)] == [variant]
