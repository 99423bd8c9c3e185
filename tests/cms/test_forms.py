"""The form of a variant."""

import pytest

from personalize.cms.forms import PageVariantForm
from personalize.models import Segment

pytestmark = pytest.mark.django_db


def form(**changes: object) -> PageVariantForm:
    return PageVariantForm({"name": "VIP", "priority": "100", **changes})


def test_form_takes_segments_by_name_and_an_empty_rule() -> None:
    Segment.objects.create(name="Regulars", slug="regulars")
    filled = form(segments=["regulars"], audience="")
    assert filled.is_valid(), filled.errors
    assert filled.cleaned_data["segments"] == ["regulars"]
    assert filled.cleaned_data["audience"] == {}


def test_form_names_the_node_of_a_rule_that_does_not_parse() -> None:
    rule = '{"combinator": "and", "rules": [{"field": "trait.x", "operator": "~", "value": 1}]}'
    assert "rules[0].operator" in str(form(audience=rule).errors["audience"])
    assert "segments" in form(segments=["unknown"]).errors
