"""Visits made by hand: whoever a test needs to look at a page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from personalize.collect.consent import Consent
from personalize.conf import PURPOSES
from personalize.decide.decision import Plan, Viewer
from personalize.profile.profile import Profile
from personalize.render.visit import Visit
from tests.decide.plans import plan_of

VisitMaker = Callable[..., Visit]


@pytest.fixture
def visit(rf: RequestFactory) -> VisitMaker:
    """Return what makes visits: by a plan, of a visitor with these traits."""

    def make(plan: Plan | None = None, *, viewer: Viewer | None = None, **traits: Any) -> Visit:
        request = rf.get("/")
        request.personalize_fills_holes = True  # type: ignore[attr-defined]
        return Visit(
            request=request,
            now=1_700_000_000_000,
            consent=Consent(frozenset(PURPOSES)),
            identity=None,
            profile=Profile("a:visitor", traits=traits),
            plan=plan or plan_of(),
            viewer=viewer or Viewer("visitor"),
            context={},
        )

    return make
