"""Interning: a behaviour becomes one trait, however many rules ask for it."""

import pytest

from personalize.models import Segment, Trait
from personalize.rules.syntax import Behaviour, parse, to_json
from personalize.segment.intern import intern_behaviours

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
