"""Fragments: slots without a page."""

from personalize.decide.decision import Content, PlannedSlot, Reason
from personalize.render.fragments import fragments
from tests.decide.plans import FROM_BERLIN, plan_of, variant
from tests.render.conftest import VisitMaker


def plan_with(content: Content | None) -> object:
    slot = PlannedSlot("hero", (variant("b", FROM_BERLIN),))
    return plan_of(slot, contents={"b": content} if content else {})


def test_fragments_renders_what_was_decided(visit: VisitMaker) -> None:
    plan = plan_with(Content("hero", "1", html="<b>Hi</b>"))
    (found,) = fragments(["hero"], visit=visit(plan, city="Berlin"))
    assert found.html
    assert "<b>Hi</b>" in found.html
    (default,) = fragments(["hero"], visit=visit(plan))
    assert default.html is None


def test_fragments_gives_values_instead_of_markup(visit: VisitMaker) -> None:
    plan = plan_with(Content("hero", "1", values={"title": "Hi"}))
    (found,) = fragments(["hero"], visit=visit(plan, city="Berlin"))
    assert (found.html, found.values) == (None, {"title": "Hi"})


def test_fragments_answers_with_the_default_what_it_cannot_render(visit: VisitMaker) -> None:
    (found,) = fragments(["hero"], visit=visit(plan_with(None), city="Berlin"))
    assert (found.decision.variant, found.decision.reason) == (None, Reason.ERROR)
