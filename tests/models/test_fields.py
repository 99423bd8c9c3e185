"""The fields that name segments: what they refuse, and which segments they name."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from personalize.models import Segment
from personalize.models.fields import RuleField, SegmentsField, validate_rule
from tests.factories import SegmentFactory


def leaf(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def all_of(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"combinator": "and", "rules": list(rules)}


@pytest.mark.django_db
def test_a_rule_is_stored_as_it_was_written():
    rule = all_of(leaf("trait.plan", "=", "gold"), all_of(leaf("segments", "contains", "new")))
    SegmentFactory(slug="new")
    segment = SegmentFactory.build(rule=rule)
    segment.full_clean()
    segment.save()
    assert Segment.objects.get(slug=segment.slug).rule == rule


def test_no_rule_is_a_rule_for_everybody():
    segment = SegmentFactory.build()
    assert segment.rule == {}
    segment.clean_fields()


def test_rules_of_two_rows_are_not_the_same_one():
    first, second = SegmentFactory.build(), SegmentFactory.build()
    first.rule["combinator"] = "and"
    assert second.rule == {}


def test_every_fault_is_told_with_its_place():
    rule = all_of(leaf("trait.plan", "~~", 1), leaf("", "=", 1), leaf("trait.plan", "=", "gold"))
    with pytest.raises(ValidationError) as refused:
        validate_rule(rule)
    first, second = refused.value.messages
    assert "rules[0]" in first
    assert "rules[1]" in second


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_nothing_is_the_empty_rule(nothing):
    segment = SegmentFactory.build(rule=nothing)
    segment.clean_fields()
    assert segment.rule == {}


@pytest.mark.parametrize("value", ["text", 7, [], [1], {"combinator": "and"}, {"rules": "all"}])
def test_what_is_no_rule_is_refused_by_the_model(value):
    with pytest.raises(ValidationError) as refused:
        SegmentFactory.build(rule=value).clean_fields()
    assert list(refused.value.error_dict) == ["rule"]


@pytest.mark.parametrize(
    ("rule", "slug", "is_named"),
    [
        (all_of(leaf("segments", "contains", "new")), "new", True),
        (all_of(all_of(leaf("segments", "in", ["old", "new"]))), "new", True),
        (all_of(leaf("segments", "contains", "newest")), "new", False),
        (all_of(leaf("trait.plan", "=", "new")), "new", False),
        ({}, "new", False),
        ({"combinator": "from before", "rules": ["new"]}, "new", True),
        ({"combinator": "from before", "rules": ["new"]}, "old", False),
    ],
)
def test_a_rule_names_the_segments_that_it_asks_for(rule, slug, is_named):
    assert RuleField().names(rule, slug) is is_named


def test_a_list_of_segments_names_what_is_in_it():
    assert SegmentsField().names(["new", "old"], "new")
    assert not SegmentsField().names(["newest"], "new")
    assert not SegmentsField().names([], "new")


def test_a_list_of_segments_may_be_empty():
    assert SegmentsField().get_default() == []
    assert SegmentsField().clean([], None) == []
