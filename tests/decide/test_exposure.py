"""The ids by which pages name what they show: the same for the same, and of no use to others."""

from pytest_django import Settings

from personalize.decide.exposure import opaque


def test_opaque_names_its_parts_to_nobody_else(settings: Settings) -> None:
    """Row S32: opaque ids only in markup."""
    first = opaque("hero", "vip")
    assert first == opaque("hero", "vip") != opaque("hero", "vi", "p")
    assert "hero" not in first
    settings.SECRET_KEY = "another"
    assert opaque("hero", "vip") != first
