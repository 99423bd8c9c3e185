"""Whose data a request may ask for: what its cookie and its log-in prove, and nothing more."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from personalize.collect.identity import Identity, random_identity
from personalize.privacy.subjects import ids_of, subjects_of
from tests.factories import NOON, IdentityLinkFactory, UserFactory

pytestmark = pytest.mark.django_db


def request_of(identity: Identity | None = None, *, user: object = None) -> HttpRequest:
    request = RequestFactory().get("/")
    if identity:
        request.COOKIES["px"] = identity.cookie
    request.user = user or AnonymousUser()
    return request


def test_a_browser_may_ask_for_its_own():
    visitor = random_identity()
    assert subjects_of(request_of(visitor)) == [visitor.subject]


def test_nobody_may_ask_for_nothing():
    assert subjects_of(request_of()) == []


def test_a_forged_cookie_proves_nothing():
    request = request_of(random_identity())
    request.COOKIES["px"] += "x"
    assert subjects_of(request) == []


def test_a_browser_with_a_proven_user_may_ask_for_the_users_other_browsers():
    visitor = random_identity(user_id="7")
    IdentityLinkFactory(anonymous_id="phone", user_id="7")
    IdentityLinkFactory(anonymous_id="stranger", user_id="8")
    assert subjects_of(request_of(visitor)) == [f"a:{visitor.anonymous_id}", "u:7", "a:phone"]


def test_a_log_in_without_a_cookie_is_enough():
    user = UserFactory()
    IdentityLinkFactory(anonymous_id="phone", user_id=str(user.pk))
    assert subjects_of(request_of(user=user)) == [f"u:{user.pk}", "a:phone"]


def test_a_browser_linked_twice_is_named_once():
    visitor = random_identity(user_id="7")
    for linked_at in (NOON, NOON.replace(day=1)):
        IdentityLinkFactory(anonymous_id=visitor.anonymous_id, user_id="7", linked_at=linked_at)
    assert subjects_of(request_of(visitor)) == [f"a:{visitor.anonymous_id}", "u:7"]


def test_a_link_that_was_undone_gives_no_right():
    visitor = random_identity(user_id="7")
    IdentityLinkFactory(anonymous_id="phone", user_id="7", undone_at=NOON)
    assert "a:phone" not in subjects_of(request_of(visitor))


def test_a_browser_alone_gives_no_right_to_the_user_it_was_once_linked_to():
    visitor = random_identity()
    IdentityLinkFactory(anonymous_id=visitor.anonymous_id, user_id="7")
    assert subjects_of(request_of(visitor)) == [visitor.subject]


def test_ids_are_told_apart_by_kind():
    subjects = ["a:visitor", "u:7", "u:a:b"]
    assert ids_of(subjects, kind="a") == ["visitor"]
    assert ids_of(subjects, kind="u") == ["7", "a:b"]
    assert ids_of([], kind="a") == []
