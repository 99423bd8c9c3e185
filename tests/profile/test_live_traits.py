"""Computed traits from the database: the live ones, by event, and none that is broken."""

import pytest

from personalize.models import Trait
from personalize.profile.live_traits import load_traits
from personalize.rules.syntax import Behaviour, to_json

VIEWS = Behaviour("Viewed", "count", "7d")


@pytest.mark.django_db
def test_live_traits_are_found_by_the_event_that_touches_them() -> None:
    Trait.objects.create(key=VIEWS.key, kind="computed", behaviour=to_json(VIEWS))
    other = Behaviour("Viewed", "count", "1h")
    Trait.objects.create(key="off", kind="computed", behaviour=to_json(other), is_live=False)
    Trait.objects.create(key="broken", kind="computed", behaviour={"event": ""})
    traits = load_traits()
    assert list(traits.by_key) == [VIEWS.key]
    assert [step.key for step in traits.by_event["Viewed"].steps] == [VIEWS.key]
