"""The records of deciding."""

import pytest

from tests.decide.plans import ON_PHONES, VIPS, plan_of, variant


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "now", "is_scheduled"),
    [(5, None, 4, False), (5, None, 5, True), (None, 5, 4, True), (None, 5, 5, False)],
)
def test_a_candidate_is_scheduled_from_its_start_until_before_its_end(
    starts_at: int | None, ends_at: int | None, now: int, is_scheduled: bool
) -> None:
    assert variant("a", starts_at=starts_at, ends_at=ends_at).is_scheduled(now) is is_scheduled


def test_a_plan_knows_which_candidates_the_request_alone_decides() -> None:
    plan = plan_of(contextual=frozenset({"vip"}))
    assert plan.is_contextual(variant("a", ON_PHONES))
    assert plan.is_contextual(variant("a", VIPS))
    assert not plan_of().is_contextual(variant("a", VIPS))


def test_a_plan_answers_an_unknown_slot_with_an_empty_one() -> None:
    assert plan_of().slot("nowhere").candidates == ()
