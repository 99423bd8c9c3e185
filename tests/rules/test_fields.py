"""Fields are known by name, and a near miss is told the right one."""

import pytest

from personalize.rules.fields import CONTEXT, SESSION, Kind, Unexpected, kind_of


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("segments", Kind.SEGMENTS),
        ("trait.first name", Kind.ANY),
        ("prediction.churn", Kind.NUMBER),
        *((f"context.{name}", kind) for name, kind in CONTEXT.items()),
        *((f"session.{name}", kind) for name, kind in SESSION.items()),
    ],
)
def test_a_field_has_a_kind(field: str, kind: Kind) -> None:
    assert kind_of(field) is kind


@pytest.mark.parametrize(
    "field", ["", "trait", "trait.", "trait.a\x00", "trait." + "a" * 129, "session", "x.y", None, 3]
)
def test_what_is_no_field_is_refused(field: object) -> None:
    with pytest.raises(Unexpected):
        kind_of(field)


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("segment", "segments"),
        ("context.contry", "context.country"),
        ("session.view", "session.views"),
        ("contxt.device", "context.device"),
    ],
)
def test_a_near_miss_is_told_the_name(field: str, meant: str) -> None:
    with pytest.raises(Unexpected, match=f"Did you mean '{meant}'"):
        kind_of(field)
