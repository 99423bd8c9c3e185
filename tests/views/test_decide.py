"""v1/decide: decisions and fragments for browsers, and for clients with a key."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from personalize.collect.rate import buckets
from personalize.measure.exposures import buffer
from personalize.models import Segment, Slot, Source, Variant
from tests.cms.pages import FROM_BERLIN
from tests.journeys.visitors import Browser, remember

pytestmark = pytest.mark.django_db

URL = "/personalize/v1/decide"
DEFAULT = {"variant": None, "reason": "default", "experiment": None, "arm": None}


@pytest.fixture(autouse=True)
def nobody_held_out(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}


@pytest.fixture
def variant() -> Variant:
    slot = Slot.objects.create(key="hero")
    return Variant.objects.create(
        slot=slot, name="b", audience=FROM_BERLIN, content="<b>Berlin</b>", is_live=True
    )


@pytest.fixture
def berliner() -> Browser:
    return Browser(city="Berlin")


def ask(client: Client, **body: Any) -> Any:
    return client.post(URL, json.dumps(body), content_type="application/json")


def test_decide_answers_with_decision_and_fragment(variant: Variant, berliner: Browser) -> None:
    response = ask(berliner, slots=["hero", "unknown"])
    answer = response.json()
    assert answer["decisions"] == {
        "hero": {**DEFAULT, "variant": str(variant.uuid), "reason": "targeting_match"},
        "unknown": DEFAULT,
    }
    assert list(answer["fragments"]) == ["hero"]
    assert "<b>Berlin</b>" in answer["fragments"]["hero"]
    assert response["Cache-Control"] == "private, no-store"
    stranger = ask(Browser(), slots=["hero"]).json()
    assert stranger == {"decisions": {"hero": DEFAULT}, "fragments": {}}


def test_decide_records_what_it_served(variant: Variant, berliner: Browser) -> None:
    ask(berliner, slots=["hero"], context={"page": {"url": "https://example.org/a?token=1"}})
    (event,) = buffer.waiting()
    assert event.properties["variant"] == str(variant.uuid)
    assert event.context == {"page": {"path": "/a"}}


def test_decide_records_no_slots_that_only_the_sender_knows(
    variant: Variant, berliner: Browser, settings: Settings
) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 100.0}
    answer = ask(berliner, slots=["hero", *(f"junk-{number}" for number in range(99))])
    assert {each["reason"] for each in answer.json()["decisions"].values()} == {"holdout"}
    assert [event.properties["slot"] for event in buffer.waiting()] == ["hero"]


def test_decide_counts_every_slot_against_the_rate(berliner: Browser, settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 10}
    buckets.clear()
    assert ask(berliner, slots=[f"slot-{number}" for number in range(10)]).status_code == 200
    assert ask(berliner, slots=["hero"]).status_code == 429


def test_decide_takes_the_context_from_the_page_that_asks(variant: Variant) -> None:
    variant.audience = {
        "combinator": "and",
        "rules": [
            {"field": "context.path", "operator": "=", "value": "/sale"},
            {"field": "context.utm_source", "operator": "=", "value": "letter"},
            {"field": "context.browser", "operator": "=", "value": "Firefox"},
        ],
    }
    variant.save()
    page = {"url": "https://testserver/sale?utm_source=letter", "referrer": ""}
    answer = ask(Browser(consent=""), slots=["hero"], context={"page": page}).json()
    assert answer["decisions"]["hero"]["variant"] == str(variant.uuid)


def test_decide_gives_the_values_of_a_json_variant(variant: Variant, berliner: Browser) -> None:
    Variant.objects.update(kind=Variant.Kind.JSON, data={"title": "Hallo"})
    answer = ask(berliner, slots=["hero"]).json()
    assert answer["decisions"]["hero"]["data"] == {"title": "Hallo"}
    assert answer["fragments"] == {}


def test_decide_without_consent_reads_no_profile(variant: Variant) -> None:
    refuser = Browser(consent="1.none", city="Berlin")
    answer = ask(refuser, slots=["hero"])
    assert answer.json()["decisions"]["hero"]["reason"] == "no_consent"
    assert "px" not in answer.cookies
    assert buffer.waiting() == []


def test_decide_shows_bots_the_default(variant: Variant, berliner: Browser) -> None:
    berliner.defaults["HTTP_USER_AGENT"] = "Googlebot/2.1 (+http://www.google.com/bot.html)"
    assert ask(berliner, slots=["hero"]).json()["decisions"]["hero"]["reason"] == "bot"


def test_decide_does_not_believe_a_browser_who_it_is(variant: Variant, berliner: Browser) -> None:
    """Row S7."""
    stranger = Browser()
    answer = ask(stranger, slots=["hero"], anonymousId=berliner.identity.anonymous_id).json()
    assert answer["decisions"]["hero"] == DEFAULT


def test_decide_believes_a_client_with_a_key(variant: Variant) -> None:
    source = Source(name="shop")
    key = source.renew_key()
    source.save()
    remember("u:42", traits={"city": "Berlin"})
    answer = ask(Client(), slots=["hero"], writeKey=key, userId="42").json()
    assert answer["decisions"]["hero"]["variant"] == str(variant.uuid)
    refused = {"consent": {"categoryPreferences": {"personalization": False}}}
    answer = ask(Client(), slots=["hero"], writeKey=key, userId="42", context=refused).json()
    assert answer["decisions"]["hero"]["reason"] == "no_consent"
    assert ask(Client(), slots=["hero"], writeKey="wrong", userId="42").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "slots"),
        ('{"slots": "hero"}', "slots"),
        ('{"slots": ["hero", 7]}', "slots[1]"),
        ('{"slots": [], "context": []}', "context"),
        (json.dumps({"slots": ["a"] * 101}), "slots"),
        ("{", "body"),
        ('{"slots": [], "context": {"a": ' + "[" * 100_000, "body"),
    ],
)
def test_decide_names_the_field_at_fault(body: str, field: str) -> None:
    response = Browser().post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["field"] == field


def test_decide_takes_no_question_from_another_site(berliner: Browser) -> None:
    """Row S6."""
    response = berliner.post(
        URL,
        '{"slots": []}',
        content_type="application/json",
        headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    )
    assert response.status_code == 403


def test_decide_answers_an_allowed_origin(settings: Settings, variant: Variant) -> None:
    origin = "https://app.example"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "ALLOWED_ORIGINS": (origin,)}
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}
    assert Client().options(URL, headers=headers)["Access-Control-Allow-Methods"] == "POST"
    response = Client().post(
        URL, '{"slots": ["hero"]}', content_type="application/json", headers=headers
    )
    assert response["Access-Control-Allow-Origin"] == origin
    assert Client().get(URL).status_code == 405


def test_decide_follows_segments(variant: Variant, berliner: Browser) -> None:
    Segment.objects.create(name="Berlin", slug="berlin", rule=FROM_BERLIN)
    Variant.objects.update(audience={"field": "segments", "operator": "in", "value": ["berlin"]})
    assert ask(berliner, slots=["hero"]).json()["decisions"]["hero"]["variant"]
