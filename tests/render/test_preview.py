"""A preview's cookie: who may have one, for how long, and what it says."""

import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import RequestFactory

from personalize.middleware import PersonalizeMiddleware
from personalize.render.preview import (
    COOKIE,
    MAX_AGE_SECONDS,
    SALT,
    Deed,
    Persona,
    Preview,
    may_preview,
    permitted,
    preview_of,
    read,
)
from tests.factories import UserFactory

PERSONA = Persona(
    segments=("vip",),
    traits={"city": "Berlin", "tags": ["a", "b"]},
    context={"device": "mobile"},
    deeds=(Deed("Product Added", 2, {"price": 60}, 10),),
    arms={"0b6c": "warm"},
    at=1_700_000_000_000,
)


@pytest.fixture
def editor(db: None) -> object:
    return UserFactory(permissions=["view_segment"])


def test_a_preview_survives_its_signature() -> None:
    preview = Preview("7", PERSONA, asks_why=True)
    assert read(preview.signed()) == preview


def test_a_preview_ends_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    value, now = Preview("7", PERSONA).signed(), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + MAX_AGE_SECONDS - 2)
    assert read(value)
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + MAX_AGE_SECONDS + 2)
    assert read(value) is None


@pytest.mark.parametrize("shape", [[], {}, {"maker": 7}, {"maker": "7", "persona": {"at": "x"}}])
def test_what_is_no_preview_is_none(shape: object) -> None:
    assert read(signing.dumps(shape, salt=SALT)) is None


def test_a_forged_preview_is_none() -> None:
    value = Preview("7", PERSONA).signed()
    for forged in ("", "x", value[:-1], "a" + value, signing.dumps({"maker": "7"}, salt="other")):
        assert read(forged) is None


def test_a_preview_ends_with_its_makers_permission(editor: object) -> None:
    value = Preview(str(editor.pk), PERSONA).signed()  # type: ignore[attr-defined]
    assert permitted(value)
    editor.is_staff = False  # type: ignore[attr-defined]
    editor.save()  # type: ignore[attr-defined]
    assert permitted(value) is None


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({"permissions": ["view_segment"]}, True),
        ({"is_superuser": True}, True),
        ({"permissions": []}, False),
        ({"permissions": ["view_segment"], "is_active": False}, False),
        ({"permissions": ["view_segment"], "is_staff": False}, False),
    ],
)
@pytest.mark.django_db
def test_staff_who_see_segments_or_pages_may_preview(fields: dict[str, object], may: bool) -> None:
    assert may_preview(UserFactory(**fields)) is may
    assert not may_preview(AnonymousUser())


def test_a_visitor_without_the_cookie_costs_no_query(
    rf: RequestFactory, editor: object, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert preview_of(rf.get("/")) is None
    request = rf.get("/")
    request.COOKIES[COOKIE] = Preview(str(editor.pk)).signed()  # type: ignore[attr-defined]
    assert preview_of(request)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert preview_of(request)  # it is asked for many times


@pytest.mark.django_db
def test_while_the_database_is_away_nobody_previews(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(value: str) -> None:
        raise DatabaseError

    monkeypatch.setattr("personalize.render.preview.permitted", away)
    request = rf.get("/")
    request.COOKIES[COOKIE] = Preview("7", PERSONA).signed()
    answer = PersonalizeMiddleware(lambda request: HttpResponse("<body></body>"))(request)
    assert answer.status_code == 200
    assert answer.content == b"<body></body>"
