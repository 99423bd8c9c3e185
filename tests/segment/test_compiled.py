"""Segments from the database: live ones, compiled, with what their rules rest on."""

import pytest

from personalize.models import Segment
from personalize.rules.syntax import Behaviour, to_json
from personalize.segment.compiled import asked_behaviours, load_segments

pytestmark = pytest.mark.django_db
VIEWS = Behaviour("Viewed", "count", "7d")
VIEWED = {"field": "behaviour", "behaviour": to_json(VIEWS), "operator": "between", "value": [2, 9]}
RETURNING = {"field": "session.number", "operator": ">", "value": 1}


def test_only_live_segments_with_a_valid_rule_are_loaded() -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=VIEWED)
    Segment.objects.create(name="Off", slug="off", rule=VIEWED, is_live=False)
    Segment.objects.create(name="Broken", slug="broken", rule={"rules": 1})
    segments = load_segments()
    assert list(segments.by_slug) == ["keen"]
    assert asked_behaviours(segments) == {VIEWS: {2, 9}}


def test_a_segment_that_rests_on_other_facts_is_always_looked_at() -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=VIEWED)
    both = {"combinator": "and", "rules": [VIEWED, RETURNING]}
    Segment.objects.create(name="Both", slug="both", rule=both)
    by_slug = load_segments().by_slug
    assert by_slug["keen"].asks == {VIEWS.key}
    assert by_slug["both"].asks is None


def test_a_segment_needs_the_traits_without_which_a_condition_fails() -> None:
    never = {**VIEWED, "operator": "<", "value": 2}
    rules = {
        "all": {"combinator": "and", "rules": [VIEWED, RETURNING]},
        "any": {"combinator": "or", "rules": [VIEWED, RETURNING]},
        "none": {"combinator": "and", "not": True, "rules": [VIEWED, RETURNING]},
        "few": {"combinator": "and", "rules": [never, RETURNING]},
    }
    for slug, rule in rules.items():
        Segment.objects.create(name=slug, slug=slug, rule=rule)
    needs = {slug: set(segment.needs) for slug, segment in load_segments().by_slug.items()}
    assert needs == {"all": {VIEWS.key}, "any": set(), "none": set(), "few": set()}
