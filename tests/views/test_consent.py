"""The visitor's choice: made, proven, withdrawn."""

import json

import pytest
from django.test import Client

from personalize.models import ConsentRecord

pytestmark = pytest.mark.django_db
URL = "/personalize/v1/consent"


def put(client: Client, body: object, **more):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return client.put(URL, content, content_type="application/json", **more)


def test_a_choice_is_stored_with_its_proof(client):
    response = put(client, {"purposes": {"analytics": True}, "method": "banner"})
    assert response.status_code == 200
    assert client.cookies["px_consent"].value == "1.analytics"
    record = ConsentRecord.objects.get()
    assert record.purposes == {"analytics": True, "personalization": False, "marketing": False}
    assert (record.method, record.text_version) == ("banner", "1")
    assert record.anonymous_id
    assert client.get(URL).json()["purposes"]["analytics"] is True


def test_nobody_has_agreed_before_they_chose(client):
    answer = client.get(URL).json()
    assert answer["decided"] is False
    assert set(answer["purposes"].values()) == {False}
    assert set(answer["required"]) == {"analytics", "personalization", "marketing"}


def test_withdrawing_deletes_the_identity(client):
    put(client, {"purposes": {"analytics": True, "personalization": True}})
    assert client.cookies["px"].value
    put(client, {"purposes": {}})
    assert client.cookies["px"].value == ""
    assert client.cookies["px_consent"].value == "1.none"
    assert ConsentRecord.objects.count() == 2


def test_a_refusal_gives_no_identifier(client):
    put(client, {"purposes": {"analytics": False}})
    assert "px" not in client.cookies
    assert ConsentRecord.objects.get().anonymous_id == ""


def test_a_privacy_signal_outweighs_the_choice(client):
    answer = put(client, {"purposes": {"analytics": True}}, headers={"sec-gpc": "1"}).json()
    assert (answer["purposes"]["analytics"], answer["refusedBySignal"]) == (False, True)
    assert "px" not in client.cookies


@pytest.mark.parametrize("signal", ["dnt", "sec-gpc"])
def test_the_proof_of_a_choice_under_a_signal_is_a_refusal(client, signal):
    everything = {"analytics": True, "personalization": True, "marketing": True}
    put(client, {"purposes": everything}, headers={signal: "1"})
    record = ConsentRecord.objects.get()
    assert (record.purposes, record.method) == (dict.fromkeys(everything, False), "signal")
    assert client.cookies["px_consent"].value == "1.none"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "purposes"),
        ({}, "purposes"),
        ({"purposes": {"analytics": "yes"}}, "purposes"),
        ({"purposes": {"everything": True}}, "purposes.everything"),
        ({"purposes": {}, "method": "guess"}, "method"),
    ],
)
def test_a_wrong_choice_is_refused_by_field(client, body, field):
    response = put(client, body)
    assert (response.status_code, response.json()["field"]) == (400, field)
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://[bad"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_cannot_choose_for_the_visitor(client, headers):
    assert put(client, {"purposes": {"analytics": True}}, headers=headers).status_code == 403
    assert not ConsentRecord.objects.exists()


def test_choices_are_held_to_the_rate(client, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 1}
    statuses = [put(Client(), {"purposes": {}}).status_code for _ in range(3)]
    assert statuses == [200, 429, 429]
    assert ConsentRecord.objects.count() == 1
