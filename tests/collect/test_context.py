"""The facts around events and requests, under the same names."""

import pytest
from msgspec.structs import replace

from personalize.clean.clean import clean
from personalize.collect import context
from personalize.collect.context import enrich, request_context
from personalize.collect.device import device_of
from personalize.collect.identity import random_identity
from personalize.collect.referrer import without_secrets
from personalize.rules.fields import CONTEXT
from personalize.testing import event_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SUNDAY_NOON_UTC = 1_719_748_800_000  # 2024-06-30


def facts(**context):
    return enrich(
        replace(event_of("a:visitor"), timestamp=SUNDAY_NOON_UTC, context=context)
    ).context


def test_an_event_gets_its_facts():
    context = facts(
        userAgent=FIREFOX,
        locale="de-AT",
        timezone="Asia/Tokyo",
        page={
            "url": "https://site.example/shop/?utm_source=news",
            "referrer": "https://t.co/x?y=1",
        },
    )
    expected = {
        "device": "desktop", "browser": "Firefox", "os": "Linux", "language": "de", "hour": 21,
        "weekday": 7, "path": "/shop/", "referrer": "https://t.co/x", "referrer_type": "campaign",
        "utm_source": "news",
    }  # fmt: skip
    assert expected.items() <= context.items()


def test_what_identifies_is_gone_afterwards():
    secret = "https://user:pw@site.example/p?email=a@example.org&utm_term=x#token"
    event = replace(
        event_of("a:visitor"),
        context={
            "userAgent": FIREFOX,
            "ip": "203.0.113.0",
            "page": {"url": secret, "referrer": secret},
        },
        properties={"url": secret, "referrer": secret, "search": "?email=a@example.org"},
    )
    (cleaned,) = clean([event]).events
    enriched = enrich(cleaned)
    kept = str((enriched.context, enriched.properties))
    for gone in ("example.org", "pw@", "token", "203.0.113", "Mozilla"):
        assert gone not in kept
    assert enriched.properties["url"] == "https://site.example/p?utm_term=x"


def test_of_what_a_client_sends_only_what_rules_ask_is_kept_S20():
    kept = facts(
        traits={"email": "ada@example.org"},
        device={"id": "ada-phone"},
        logged_in="ada",
        path="/ada",
        app={"name": "ada"},
        timezone="Europe/Berlin",
    )
    assert kept == {"timezone": "Europe/Berlin", "hour": 14, "weekday": 7, "is_bot": False}


def test_long_texts_of_clients_fill_no_memory():
    for cache in (
        context._visit_facts,
        context._origin,
        context._local,
        without_secrets,
        device_of,
    ):
        cache.cache_clear()
    long = "x" * 30_000
    tail = {"userAgent": FIREFOX + long, "locale": "de" + long, "timezone": "Europe/" + long}
    for number in range(3):
        page = {"referrer": f"https://a.example/{long}{number}", "search": f"?{long}{number}"}
        page |= {"url": f"https://b.example/{long}{number}", "path": f"/{long}{number}"}
        properties = {"url": page["url"], "referrer": page["url"]}
        event = event_of("a:visitor")
        enrich(replace(event, context={**tail, "page": page}, properties=properties))
    for cache in (context._visit_facts, context._origin, context._local, device_of):
        assert cache.cache_info().currsize == 1
    assert without_secrets.cache_info().currsize == 1


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"page": 7, "userAgent": [], "locale": None, "timezone": 3, "campaign": "x", "ip": {}},
        {"timezone": "Nowhere/City", "page": {"url": "http://[broken", "referrer": "http://[x"}},
        {"timezone": "../../etc/passwd"},
    ],
)
def test_a_strange_context_breaks_nothing(context):
    assert facts(**context)["is_bot"] is False


def test_a_request_knows_every_name_that_rules_may_ask(rf):
    context = request_context(rf.get("/"), now=SUNDAY_NOON_UTC)
    assert set(context) == set(CONTEXT)
    assert all(context[name] is None or context[name] != "" for name in context)


def test_a_request_gets_its_facts(rf):
    request = rf.get(
        "/shop/?utm_source=news",
        headers={
            "user-agent": FIREFOX,
            "accept-language": "fr-CH, fr;q=0.9",
            "referer": "https://www.google.com/search?q=secret",
        },
    )
    context = request_context(request, now=SUNDAY_NOON_UTC, is_bot=True)
    assert (context["device"], context["language"], context["hour"]) == ("desktop", "fr", 12)
    assert (context["path"], context["utm_source"]) == ("/shop/", "news")
    assert (context["referrer_type"], context["is_bot"]) == ("campaign", True)
    assert "secret" not in context["referrer"]
    assert context["utm_term"] is None


@pytest.mark.django_db
def test_a_log_in_is_told_by_the_cookie_without_a_query(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert request_context(rf.get("/"), now=0)["logged_in"] is False
        rf.cookies["px"] = random_identity(user_id="7").cookie
        assert request_context(rf.get("/"), now=0)["logged_in"] is True


@pytest.mark.django_db
def test_a_log_in_that_no_cookie_tells_is_told_by_the_session(rf, django_user_model):
    rf.cookies["px"] = random_identity().cookie
    rf.cookies["sessionid"] = "x"
    request = rf.get("/")
    request.user = django_user_model(username="visitor")
    assert request_context(request, now=0)["logged_in"] is True


def test_a_request_has_the_time_of_the_visitors_zone_once_that_is_known(rf):
    request = request_context(rf.get("/"), now=SUNDAY_NOON_UTC)
    for unknown in (None, "", "Nowhere/City", 7):
        request.tell_time_in(unknown)
        assert (request["hour"], request["weekday"]) == (12, 7)
    request.tell_time_in("Pacific/Auckland")
    assert (request["hour"], request["weekday"]) == (0, 1)
