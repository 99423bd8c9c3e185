"""Compiling: the database's configuration becomes a plan."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from personalize import metrics
from personalize.decide.compiled import compile_plan, empty_plan
from personalize.models import Arm, Experiment, Segment, Slot, Variant
from personalize.profile.profile import Profile
from tests.decide.plans import FROM_BERLIN, ON_PHONES, VIPS

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot() -> Slot:
    return Slot.objects.create(key="hero")


def new_variant(slot: Slot, name: str = "a", **fields: Any) -> Variant:
    return Variant.objects.create(
        slot=slot, name=name, **{"is_live": True, "content": "x", **fields}
    )


def test_compile_plan_takes_live_variants_by_priority(slot: Slot) -> None:
    late, early = new_variant(slot), new_variant(slot, priority=1)
    new_variant(slot, is_live=False)
    candidates = compile_plan(3).slot("hero").candidates
    assert [candidate.id for candidate in candidates] == [str(early.uuid), str(late.uuid)]


def test_compile_plan_keeps_audience_and_schedule(slot: Slot) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    new_variant(slot, audience=FROM_BERLIN, starts_at=moment)
    plan = compile_plan(1)
    (candidate,) = plan.slot("hero").candidates
    berliner = plan.facts(Profile("a:x", traits={"city": "Berlin"}), {}, 0)
    assert candidate.audience(berliner)
    assert not candidate.audience(plan.facts(None, {}, 0))
    assert candidate.starts_at == moment.timestamp() * 1000


def test_compile_plan_sanitises_rich_text(slot: Slot) -> None:
    """Row S2."""
    evil = '<p>Hi<script>x()</script><a href="javascript:x()" onclick="x()">a</a></p>'
    variant = new_variant(slot, content=evil)
    html = compile_plan(1).contents[str(variant.uuid)].html
    assert html == '<p>Hi<a rel="noopener noreferrer">a</a></p>'


def test_content_version_changes_with_the_content_alone(slot: Slot) -> None:
    variant = new_variant(slot)
    key = str(variant.uuid)
    first = compile_plan(1).contents[key].version
    variant.priority = 5
    variant.save()
    assert compile_plan(1).contents[key].version == first
    variant.content = "y"
    variant.save()
    assert compile_plan(1).contents[key].version != first


def test_compile_plan_plans_running_experiments(slot: Slot) -> None:
    variant = new_variant(slot)
    running = Experiment.objects.create(
        name="x", slot=slot, status=Experiment.Status.RUNNING, traffic_percent=50
    )
    Arm.objects.create(experiment=running, key="control")
    Arm.objects.create(experiment=running, key="new", variant_uuid=variant.uuid, weight=2)
    Experiment.objects.create(name="draft", slot=Slot.objects.create(key="other"))
    plan = compile_plan(1)
    planned = plan.slot("hero").experiment
    assert planned
    assert (planned.seed, planned.traffic) == (str(running.uuid), 0.5)
    assert [(arm.key, arm.variant, arm.weight) for arm in planned.arms] == [
        ("control", None, 1),
        ("new", str(variant.uuid), 2),
    ]
    assert plan.slot("other").experiment is None


def test_compile_plan_leaves_out_a_rule_that_does_not_parse(slot: Slot) -> None:
    new_variant(slot, audience={"field": "?"})
    sound = new_variant(slot)
    before = metrics.snapshot().get("plan.invalid_rule", 0)
    assert [c.id for c in compile_plan(1).slot("hero").candidates] == [str(sound.uuid)]
    assert metrics.snapshot()["plan.invalid_rule"] == before + 1


def test_compile_plan_knows_which_segments_the_request_alone_decides() -> None:
    for slug, rule in (
        ("phones", ON_PHONES),
        ("nested", {"field": "segments", "operator": "in", "value": ["phones"]}),
        ("berlin", FROM_BERLIN),
        ("on-berlin", {"field": "segments", "operator": "in", "value": ["berlin", "phones"]}),
        ("unknown", VIPS),
    ):
        Segment.objects.create(name=slug, slug=slug, rule=rule)
    Segment.objects.create(name="list", slug="list", kind=Segment.Kind.STATIC)
    assert compile_plan(1).contextual == {"phones", "nested"}


def test_compile_plan_takes_the_holdout_from_the_settings(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 12.5}
    assert compile_plan(1).holdout == 0.125


def test_compile_plan_costs_a_fixed_number_of_queries(
    slot: Slot, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        new_variant(slot, name=str(n))
    with django_assert_max_num_queries(6):
        compile_plan(1)


def test_empty_plan_knows_no_slot() -> None:
    assert empty_plan().slot("hero").candidates == ()
