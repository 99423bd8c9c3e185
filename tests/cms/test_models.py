"""The plugins' models: what a copy keeps, and what is refused."""

from datetime import timedelta

import pytest
from cms.utils.plugins import copy_plugins_to_placeholder
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import Settings

from personalize.cms.models import PageSlot, PageVariant
from tests.cms.pages import FROM_BERLIN, add_city_slot, content_of, new_page, placeholder_of

pytestmark = pytest.mark.django_db


def test_rule_joins_segments_and_audience() -> None:
    in_vip = {"field": "segments", "operator": "in", "value": ["vip"]}
    both = PageVariant(segments=["vip"], audience=FROM_BERLIN)
    assert both.rule == {"combinator": "and", "rules": [in_vip, FROM_BERLIN]}
    assert PageVariant().rule == {}


def test_clean_refuses_a_schedule_that_ends_before_it_starts() -> None:
    now = timezone.now()
    with pytest.raises(ValidationError, match="after the start"):
        PageVariant(name="x", starts_at=now, ends_at=now - timedelta(1)).full_clean(
            exclude=["cmsplugin_ptr", "placeholder", "language", "plugin_type", "position", "path"]
        )


def test_a_slot_pasted_beside_its_original_becomes_another(
    plain: Settings, editor: AbstractUser
) -> None:
    placeholder = placeholder_of(content_of(new_page(editor)))
    add_city_slot(placeholder)
    copy_plugins_to_placeholder(list(placeholder.get_plugins("en")), placeholder)
    assert len({slot.key for slot in PageSlot.objects.all()}) == 2
    assert len({variant.uuid for variant in PageVariant.objects.all()}) == 4


def test_a_slot_copied_to_another_version_stays_the_same(
    plain: Settings, editor: AbstractUser
) -> None:
    placeholder = placeholder_of(content_of(new_page(editor)))
    other = placeholder_of(content_of(new_page(editor, title="Other")))
    add_city_slot(placeholder)
    copy_plugins_to_placeholder(list(placeholder.get_plugins("en")), other)
    assert {slot.key for slot in PageSlot.objects.all()} == {"hero"}
    assert len({variant.uuid for variant in PageVariant.objects.all()}) == 2
