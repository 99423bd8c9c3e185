"""Segments: what their rules may name."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


def naming(*slugs):
    leaves = [{"field": "segments", "operator": "contains", "value": slug} for slug in slugs]
    return {"combinator": "and", "rules": [{"combinator": "or", "rules": leaves}]}


def test_a_rule_may_name_another_segment():
    SegmentFactory(slug="vip")
    SegmentFactory(slug="phones", rule=naming("vip")).full_clean()


def test_a_rule_that_names_an_unknown_segment_or_its_own_is_refused_by_node():
    SegmentFactory(slug="vip")
    with pytest.raises(ValidationError) as refused:
        SegmentFactory(slug="phones", rule=naming("vip", "nobody", "phones")).full_clean()
    assert refused.value.message_dict == {
        "rule": [
            "rules[0].rules[1].value: expected the slug of another segment, got 'nobody'",
            "rules[0].rules[2].value: expected the slug of another segment, got 'phones'",
        ]
    }


def test_a_rule_that_is_none_is_refused_by_its_field_alone():
    with pytest.raises(ValidationError) as refused:
        SegmentFactory(rule=[]).full_clean()
    assert list(refused.value.error_dict) == ["rule"]
