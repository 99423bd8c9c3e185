"""Which computed traits are kept up to date."""

import pytest

from personalize.models import Trait
from personalize.profile.live_traits import live_behaviours, load_traits
from tests.factories import TraitFactory

pytestmark = pytest.mark.django_db

VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}


def computed(key: str, **fields) -> Trait:
    return TraitFactory(**{"key": key, "kind": "computed", "behaviour": VIEWS, **fields})


def test_live_computed_traits_are_found_by_the_event_that_touches_them(django_assert_num_queries):
    computed("views")
    with django_assert_num_queries(1):
        traits = load_traits()
    assert [trait.event for trait in traits.by_event["Product Viewed"]] == ["Product Viewed"]


def test_the_session_gap_comes_from_the_settings(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "SESSION_GAP_SECONDS": 60}
    assert load_traits().session_gap == 60_000


def test_what_is_not_live_or_not_computed_is_left_out():
    computed("paused", is_live=False)
    TraitFactory(key="plan")
    assert live_behaviours() == {}


def test_a_behaviour_that_was_forced_in_is_left_out_and_hurts_nobody():
    computed("views")
    computed("nonsense", behaviour={"event": 7})
    assert list(live_behaviours()) == ["views"]
