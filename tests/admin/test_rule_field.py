"""The field in which rules are asked for: the builder's material around a JSON area."""

import json

import pytest
from django import forms

from personalize.admin.rule_field import RuleFormField


class AudienceForm(forms.Form):
    audience = RuleFormField(required=False)


def test_the_builder_is_told_its_words_and_whom_to_ask():
    shown = str(AudienceForm()["audience"])
    told = json.loads(shown.split('<script type="application/json">')[1].split("</script>")[0])
    assert told["urls"]["count"].endswith("/rules/count/")
    assert told["words"]["add_condition"] == "Add a condition"


def test_the_area_holds_the_rule_as_indented_json():
    form = AudienceForm(initial={"audience": {"combinator": "and", "rules": []}})
    assert "&quot;combinator&quot;: &quot;and&quot;" in str(form["audience"])


def test_only_forms_with_rules_load_the_builder():
    assert "rule-builder.js" in str(AudienceForm().media)
    assert "rule-builder.js" not in str(forms.Form().media)


@pytest.mark.parametrize("text", ["", "null", "{}"])
def test_no_rule_is_the_empty_one(text):
    form = AudienceForm({"audience": text})
    assert form.is_valid()
    assert form.cleaned_data["audience"] == {}
