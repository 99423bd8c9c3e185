"""What follows from a change: traits, slots, and caches."""

from typing import Any

import pytest
from cms.cache import _get_cache_version
from django.contrib.auth.models import AbstractUser
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from personalize.models import Slot, Trait, Variant
from tests.cms.pages import add_slot, add_variant, content_of, new_page, placeholder_of

pytestmark = pytest.mark.django_db


def test_a_variants_behaviours_are_kept_from_when_it_is_saved(
    plain: Settings, editor: AbstractUser
) -> None:
    behaviour = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
    rule: dict[str, Any] = {
        "field": "behaviour",
        "behaviour": behaviour,
        "operator": ">",
        "value": 2,
    }
    slot = add_slot(placeholder_of(content_of(new_page(editor))), "hero", "default")
    assert not Trait.objects.exists()
    add_variant(slot, "often", rule, "again")
    assert Trait.objects.get().behaviour["event"] == "Product Viewed"


def test_a_pages_slot_is_known_to_the_admin(plain: Settings, editor: AbstractUser) -> None:
    add_slot(placeholder_of(content_of(new_page(editor))), "hero", "default")
    assert Slot.objects.get().key == "hero"


def test_a_changed_variant_of_the_database_lets_pages_be_stored_anew(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = _get_cache_version()
    with django_capture_on_commit_callbacks(execute=True):
        Variant.objects.create(slot=Slot.objects.create(key="hero"), name="a", content="x")
    assert _get_cache_version() > before
