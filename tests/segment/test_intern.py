"""Interning: a behaviour becomes one trait, however many rules ask for it."""

from typing import Any

import pytest
from django.utils import timezone

from personalize.models import Segment, Trait
from personalize.profile.store import current_plan_version
from personalize.rules.syntax import Behaviour, parse, to_json
from personalize.segment.intern import (
    _intern_once,
    backfilled,
    counted_since,
    intern_behaviours,
    intern_on_render,
    lacking_past,
)

pytestmark = pytest.mark.django_db
VIEWS = Behaviour("Product Viewed", "count", "7d")
RULE = {"field": "behaviour", "behaviour": to_json(VIEWS), "operator": ">", "value": 2}


def test_equal_behaviours_of_two_rules_share_a_trait() -> None:
    assert intern_behaviours(parse(RULE)) == [VIEWS.key]
    assert intern_behaviours(parse({**RULE, "value": 5})) == [VIEWS.key]
    trait = Trait.objects.get()
    assert (trait.kind, trait.behaviour) == ("computed", to_json(VIEWS))


def test_a_trait_that_was_named_keeps_its_name() -> None:
    intern_behaviours(parse(RULE))
    Trait.objects.update(name="Keenness")
    intern_behaviours(parse(RULE))
    assert Trait.objects.get().name == "Keenness"


def test_saving_a_segment_interns_its_rule_and_an_invalid_one_does_no_harm() -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=RULE)
    Segment.objects.create(name="Broken", slug="broken", rule={"rules": "none"})
    assert [trait.key for trait in Trait.objects.all()] == [VIEWS.key]


@pytest.fixture
def new_process() -> None:
    _intern_once.cache_clear()


@pytest.mark.usefixtures("new_process")
def test_a_rule_in_a_template_is_interned_when_it_is_first_rendered(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    before = current_plan_version()
    with django_capture_on_commit_callbacks(execute=True):
        intern_on_render(RULE)
    assert [trait.key for trait in Trait.objects.all()] == [VIEWS.key]
    assert current_plan_version() > before
    with django_assert_num_queries(0):
        intern_on_render(RULE)


@pytest.mark.usefixtures("new_process")
@pytest.mark.parametrize("rule", [{"rules": "none"}, "text", object(), {"field": "x"}])
def test_a_faulty_rule_in_a_template_does_no_harm(rule: Any) -> None:
    intern_on_render(rule)
    assert not Trait.objects.exists()


def test_counted_since_tells_when_counting_began() -> None:
    carts = Behaviour("Cart Viewed", "count", "7d")
    rule = parse({"combinator": "and", "rules": [RULE, {**RULE, "behaviour": to_json(carts)}]})
    assert counted_since(rule) == {VIEWS: None, carts: None}
    intern_behaviours(parse(RULE))
    assert counted_since(rule) == {VIEWS: Trait.objects.get().created_at, carts: None}
    Trait.objects.update(is_live=False)
    assert counted_since(rule) == {VIEWS: None, carts: None}


def test_a_backfilled_behaviour_lacks_nothing_of_its_past() -> None:
    rule = parse(RULE)
    intern_behaviours(rule)
    assert (backfilled(rule), list(lacking_past(rule, now=timezone.now()))) == (set(), [VIEWS])
    Trait.objects.update(backfilled_at=timezone.now())
    assert (backfilled(rule), lacking_past(rule, now=timezone.now())) == ({VIEWS}, {})
