"""Everything a rule can hold has a phrase."""

from personalize.rules import phrases
from personalize.rules.fields import CONTEXT, SESSION, Kind
from personalize.rules.operators import OPERATORS


def test_every_field_has_a_phrase() -> None:
    fields = {f"context.{name}" for name in CONTEXT} | {f"session.{name}" for name in SESSION}

    assert set(phrases.FIELDS) == fields


def test_every_operator_on_segments_has_a_phrase() -> None:
    suited = {name for name, row in OPERATORS.items() if Kind.SEGMENTS in row.kinds}

    assert set(phrases.SEGMENTS) == suited
