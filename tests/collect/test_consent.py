"""Consent: nothing that identifies is done before it, and signals of the browser overrule it."""

import itertools

import pytest
from django.http import HttpResponse

from personalize.collect.consent import consent_of, consent_of_sender, store_choice
from personalize.conf import PURPOSES


def test_a_choice_is_read_back_from_the_cookie(rf):
    for size in range(4):
        for purposes in itertools.combinations(PURPOSES, size):
            response = HttpResponse()
            store_choice(response, purposes=frozenset(purposes), is_secure=False)
            rf.cookies["px_consent"] = response.cookies["px_consent"].value
            consent = consent_of(rf.get("/"))
            assert (consent.purposes, consent.is_decided) == (frozenset(purposes), True)


def test_who_has_not_chosen_has_agreed_to_nothing(rf):
    consent = consent_of(rf.get("/"))
    assert (consent.purposes, consent.is_decided) == (frozenset(), False)
    assert not consent.has_analytics
    assert not consent.has_personalization


@pytest.mark.parametrize("signal", ["HTTP_SEC_GPC", "HTTP_DNT"])
def test_a_signal_of_the_browser_refuses_everything(rf, signal):
    rf.cookies["px_consent"] = "1.analytics.personalization.marketing"
    consent = consent_of(rf.get("/", **{signal: "1"}))
    assert (consent.purposes, consent.is_refused_by_signal) == (frozenset(), True)


def test_what_needs_no_consent_here_is_granted_even_against_a_signal(rf, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_REQUIRED": ["marketing"]}
    assert consent_of(rf.get("/")).purposes == {"analytics", "personalization"}
    assert consent_of(rf.get("/", HTTP_SEC_GPC="1")).has_analytics


def test_a_choice_on_an_older_wording_counts_as_none(rf, settings):
    rf.cookies["px_consent"] = "1.analytics"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_VERSION": "2"}
    assert not consent_of(rf.get("/")).is_decided


@pytest.mark.parametrize("cookie", ["", "1", "nonsense", "1.everything", "\x00"])
def test_a_nonsensical_cookie_grants_nothing(rf, cookie):
    rf.cookies["px_consent"] = cookie
    assert consent_of(rf.get("/")).purposes == frozenset()


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, set(PURPOSES)),
        ({"consent": "yes"}, set(PURPOSES)),
        (
            {"consent": {"categoryPreferences": {"analytics": False}}},
            {"personalization", "marketing"},
        ),
        ({"consent": {"categoryPreferences": {"marketing": True}}}, set(PURPOSES)),
    ],
)
def test_a_trusted_client_states_the_consent_or_answers_for_it(context, expected):
    assert consent_of_sender(context).purposes == expected
