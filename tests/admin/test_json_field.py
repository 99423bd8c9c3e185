"""JSON in forms."""

import pytest
from django.core.exceptions import ValidationError

from personalize.admin.json_field import IndentedJSONField


def test_json_is_shown_indented_and_read_back_equal():
    field, value = IndentedJSONField(), {"a": ["é", 1]}

    shown = field.prepare_value(value)

    assert shown == '{\n  "a": [\n    "é",\n    1\n  ]\n}'
    assert field.clean(shown) == value


@pytest.mark.parametrize("empty", ["", "  \n", None])
def test_emptiness_is_an_empty_object(empty):
    assert IndentedJSONField(required=False).clean(empty) == {}


def test_the_first_fault_is_named_by_line_and_column():
    with pytest.raises(ValidationError, match="line 2, column 8"):
        IndentedJSONField().clean('{\n  "a": nope}')


def test_nesting_too_deep_is_a_fault_and_no_crash_F19():
    text = "[" * 100_000

    with pytest.raises(ValidationError, match="nested too deeply"):
        IndentedJSONField().clean(text)
    assert IndentedJSONField().bound_data(text, None) == text
