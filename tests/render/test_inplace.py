"""Filling in place: only where nobody stores it."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from personalize.render.inplace import finished
from personalize.render.slots import trait_markup

pytestmark = pytest.mark.django_db
MARKUP = trait_markup("name", default="you")


def test_finished_leaves_holes_to_the_middleware(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.personalize_fills_holes = True  # type: ignore[attr-defined]
    assert finished(MARKUP, request=request) == MARKUP


def test_finished_decides_without_it_and_keeps_the_page_from_caches(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.toolbar = SimpleNamespace(_cache_disabled=False)  # type: ignore[attr-defined]
    assert finished(MARKUP, request=request) == "you"
    assert request._cache_update_cache is False  # type: ignore[attr-defined]
    assert request.toolbar._cache_disabled  # type: ignore[attr-defined]


def test_finished_reads_the_visitor_once_a_request(rf: RequestFactory) -> None:
    request = rf.get("/")
    finished(MARKUP, request=request)
    visit = request.personalize_visit  # type: ignore[attr-defined]
    finished(MARKUP, request=request)
    assert request.personalize_visit is visit  # type: ignore[attr-defined]


def test_finished_decides_nothing_where_it_may_not(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert finished(MARKUP, request=request, may_decide=False) == "you"
    assert not hasattr(request, "personalize_visit")
    assert finished(MARKUP, request=None) == "you"
