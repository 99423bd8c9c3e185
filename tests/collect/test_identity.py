"""The signed cookie: who may be believed to be whom."""

import hashlib
import hmac
import time

import pytest
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from personalize.collect.identity import (
    Identity,
    apply_cookie,
    forget,
    identity_of,
    identity_or_new,
    is_proven_hash,
    link_event,
    linked,
    random_identity,
    read,
    remember,
)

DAY = 86_400


def test_a_cookie_proves_the_visitor_who_got_it(rf):
    visitor = random_identity()
    rf.cookies["px"] = visitor.cookie
    assert identity_of(rf.get("/")) == visitor


def test_an_id_has_128_random_bits():
    assert len(random_identity().anonymous_id) == 32
    assert random_identity().anonymous_id != random_identity().anonymous_id


def test_a_user_id_of_any_text_survives_the_cookie():
    visitor = random_identity(user_id="a.b:c;d é@example.org")
    assert read(visitor.cookie) == visitor


@given(st.text(max_size=200))
def test_what_we_did_not_sign_proves_nothing(value):
    assert read(value) is None


@given(st.integers(min_value=0, max_value=100), st.characters())
def test_a_changed_cookie_proves_nothing(place, character):
    cookie = Identity("f" * 32, int(time.time())).cookie
    place %= len(cookie)
    changed = cookie[:place] + character + cookie[place + 1 :]
    assert changed == cookie or read(changed) is None


def test_a_cookie_signed_with_an_earlier_key_still_counts(settings):
    visitor = random_identity()
    cookie = visitor.cookie
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert read(cookie) == visitor
    settings.SECRET_KEY_FALLBACKS = []
    assert read(cookie) is None


def test_a_cookie_ends_a_fixed_time_after_its_issue_however_often_it_is_renewed(rf):
    old = Identity("f" * 32, int(time.time()) - 389 * DAY)
    request, response = rf.get("/"), HttpResponse()
    remember(request, identity=linked(old, user_id="7"))
    apply_cookie(request, response)
    assert 0 < response.cookies["px"]["max-age"] <= DAY
    assert read(Identity("f" * 32, int(time.time()) - 391 * DAY).cookie) is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(rf):
    request, response = rf.get("/", secure=True), HttpResponse()
    identity_or_new(request)
    apply_cookie(request, response)
    morsel = response.cookies["__Host-px"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"]) == (True, True, "Lax")
    assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_without_https_the_cookie_has_a_name_that_browsers_take(rf):
    request, response = rf.get("/"), HttpResponse()
    identity_or_new(request)
    apply_cookie(request, response)
    assert list(response.cookies) == ["px"]


def test_an_untouched_identity_sets_no_cookie(rf):
    rf.cookies["px"] = random_identity().cookie
    request, response = rf.get("/"), HttpResponse()
    identity_or_new(request)
    apply_cookie(request, response)
    assert not response.cookies


def test_a_new_identity_stays_the_same_within_its_request(rf):
    request = rf.get("/")
    assert identity_or_new(request) == identity_or_new(request) == identity_of(request)


def test_forgetting_deletes_the_cookie(rf):
    rf.cookies["px"] = random_identity().cookie
    request, response = rf.get("/"), HttpResponse()
    forget(request)
    apply_cookie(request, response)
    assert response.cookies["px"].value == ""
    assert response.cookies["px"]["max-age"] == 0
    assert identity_of(request) is None


def test_the_subject_is_the_user_once_proven():
    visitor = Identity("f" * 32, 0)
    assert visitor.subject == "a:" + "f" * 32
    assert linked(visitor, user_id="7").subject == "u:7"


def test_a_link_goes_to_the_anonymous_subject():
    event = link_event("f" * 32, user_id="7", proof="login", now=5)
    assert event.subject == "a:" + "f" * 32
    assert event.properties == {"user_id": "7", "proof": "login"}


@pytest.mark.parametrize("wrong", [None, 7, "", "00", "é" * 64])
def test_only_the_sites_own_hash_proves_a_user(settings, wrong):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "IDENTIFY_SECRET": "secret"}
    right = hmac.new(b"secret", b"user-7", hashlib.sha256).hexdigest()
    assert is_proven_hash("user-7", user_hash=right)
    assert not is_proven_hash("user-8", user_hash=right)
    assert not is_proven_hash("user-7", user_hash=wrong)


def test_without_a_secret_no_hash_proves_anything():
    forged = hmac.new(b"", b"7", hashlib.sha256).hexdigest()
    assert not is_proven_hash("7", user_hash=forged)
