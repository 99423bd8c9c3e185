"""Whose word counts for what: browsers prove themselves by their cookie, clients by their key."""

import base64
import hashlib
import hmac
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from personalize.collect.identity import identity_of, random_identity
from personalize.collect.rate import buckets
from personalize.collect.refusal import Refused
from personalize.collect.senders import Browser, TrustedSource, random_message_id, sender_of
from personalize.collect.sources import forget_sources
from personalize.events.event import is_made_up
from personalize.events.wire import InvalidMessage, Message
from personalize.models.source import Source

NOW = 1_800_000_000_000
SHOP = TrustedSource("shop-server")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    buckets.clear()
    forget_sources()


@pytest.fixture
def secret(settings) -> bytes:
    """What proves a user id by its hash."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "IDENTIFY_SECRET": "secret"}
    return b"secret"


@pytest.fixture
def visitor(rf: RequestFactory) -> HttpRequest:
    """A request of a browser that agreed to analytics and was here before."""
    rf.cookies["px_consent"] = "1.analytics"
    rf.cookies["px"] = random_identity().cookie
    return rf.post("/", headers={"user-agent": "Firefox", "accept-language": "de-AT;q=0.9,en"})


def message(kind: str = "track", **fields: Any) -> Message:
    return Message(type=kind, event="A", **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("is_in_header", [True, False])
def test_a_client_with_a_write_key_is_trusted_from_anywhere(rf, is_in_header):
    source = Source(name="shop-server")
    key = source.renew_key()
    source.save()
    headers = {"origin": "https://elsewhere.example"}
    if is_in_header:
        headers["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    request = rf.post("/", headers=headers)
    assert sender_of(request, write_key="" if is_in_header else key) == SHOP


@pytest.mark.django_db
def test_an_unknown_key_is_refused_although_the_browser_would_not_be(visitor):
    with pytest.raises(Refused) as refused:
        sender_of(visitor, write_key="guessed")
    assert (refused.value.status, refused.value.field) == (401, "writeKey")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "own", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}]
)
@pytest.mark.parametrize("password", ["Basic c3RhZ2luZzpwdw==", "Basic ?"])
def test_the_password_of_a_site_is_no_write_key_of_its_pages(rf, own, password):
    request = rf.post("/", headers={"authorization": password, **own})
    assert sender_of(request, write_key="").source == "browser"
    with pytest.raises(Refused) as refused:
        sender_of(rf.post("/", headers={"authorization": password}), write_key="")
    assert refused.value.status == 401


def test_a_browser_on_another_site_is_refused_unless_the_site_is_allowed(rf, settings):
    request = rf.post("/", headers={"origin": "https://shop.example"})
    with pytest.raises(Refused) as refused:
        sender_of(request, write_key="")
    assert (refused.value.status, refused.value.field) == (403, "Origin")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "ALLOWED_ORIGINS": ("https://shop.example",)}
    assert sender_of(request, write_key="").source == "browser"


def test_a_trusted_source_is_believed_whom_it_names():
    claim = SHOP.claim(message(anonymous_id="a", user_id="7"), now=NOW)
    assert claim == ("a", "7", [])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (message("alias", user_id="7", properties={"previous_id": "a" * 5_000}), "previousId"),
        (message("identify", user_id="7", anonymous_id="a" * 254), "anonymousId"),
    ],
)
def test_a_trusted_source_links_no_id_that_is_too_long_to_keep(call, field):
    with pytest.raises(InvalidMessage) as refused:
        SHOP.claim(call, now=NOW)
    assert refused.value.path == field


def test_a_trusted_source_has_to_name_somebody():
    with pytest.raises(InvalidMessage) as refused:
        SHOP.claim(message(), now=NOW)
    assert refused.value.path == "userId"


@pytest.mark.parametrize(
    ("call", "linked"),
    [
        (message("identify", anonymous_id="a", user_id="7"), ["a"]),
        (message("identify", user_id="7"), []),
        (message("identify", anonymous_id="a"), []),
        (message("identify", anonymous_id="7", user_id="7"), []),
        (message("alias", user_id="7", properties={"previous_id": "a"}), ["a"]),
        (message("alias", user_id="7", properties={"previous_id": "7"}), []),
        (message("alias", user_id="7"), []),
        (message("track", anonymous_id="a", user_id="7"), []),
        (message("group", anonymous_id="a", user_id="7"), []),
    ],
)
def test_a_trusted_source_links_by_identify_and_alias_only(call, linked):
    links = SHOP.claim(call, now=NOW).links
    assert [link.anonymous_id for link in links] == linked
    assert all(link.properties == {"user_id": "7", "proof": "source"} for link in links)


@pytest.mark.parametrize(
    ("stated", "agrees"), [({}, True), ({"analytics": True}, True), ({"analytics": False}, False)]
)
def test_a_trusted_source_states_the_consent_of_its_visitors(stated, agrees):
    assert SHOP.agrees({"consent": {"categoryPreferences": stated}}) is agrees
    assert SHOP.agrees({})


def test_a_trusted_sources_context_is_kept_with_the_address_cut():
    given = {"ip": "203.0.113.77", "userAgent": "App", "locale": "fr"}
    assert SHOP.context(given) == {**given, "ip": "203.0.113.0"}
    assert SHOP.context({"ip": 7}) == {"ip": ""}
    assert SHOP.context({}) == {}


def test_a_trusted_source_is_never_slowed(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 1}
    for _ in range(20):
        SHOP.limit(500)


def test_a_browser_is_who_its_cookie_says_whatever_it_claims(visitor):
    forged = message("identify", anonymous_id="victim", user_id="victim")
    claim = Browser(visitor).claim(forged, now=NOW)
    assert claim == (identity_of(visitor).anonymous_id, "", [])


def test_a_browser_without_a_cookie_gets_one_identity_for_the_whole_request(rf):
    request = rf.post("/")
    stranger = Browser(request)
    first, second = (stranger.claim(message(), now=NOW) for _ in range(2))
    assert first == second == (identity_of(request).anonymous_id, "", [])


@pytest.mark.parametrize("place", ["context", "traits"])
def test_a_hash_of_the_site_links_the_visitor_to_the_user_once(visitor, secret, place):
    before = identity_of(visitor)
    proof = {"userHash": hmac.new(secret, b"7", hashlib.sha256).hexdigest()}
    browser = Browser(visitor)
    claim = browser.claim(message(user_id="7", **{place: proof}), now=NOW)
    assert claim[:2] == (before.anonymous_id, "7")
    assert [link.properties["proof"] for link in claim.links] == ["hash"]
    assert identity_of(visitor).user_id == "7"
    assert browser.claim(message(user_id="7", **{place: proof}), now=NOW).links == []


def test_a_hash_of_another_user_proves_nothing(visitor, secret):
    proof = {"userHash": hmac.new(secret, b"8", hashlib.sha256).hexdigest()}
    claim = Browser(visitor).claim(message("identify", user_id="7", traits=proof), now=NOW)
    assert (claim.user_id, claim.links) == ("", [])


def test_a_wrong_hash_is_not_made_good_by_a_log_in(visitor):
    visitor.user = SimpleNamespace(pk=7)
    call = message("identify", user_id="7", traits={"userHash": "wrong"})
    assert Browser(visitor).claim(call, now=NOW).user_id == ""


def test_a_log_in_proves_the_user_who_is_logged_in(visitor):
    visitor.user = SimpleNamespace(pk=7)
    browser = Browser(visitor)
    assert browser.claim(message("identify", user_id="8"), now=NOW).user_id == ""
    claim = browser.claim(message("identify", user_id="7"), now=NOW)
    assert claim.user_id == "7"
    assert [link.properties["proof"] for link in claim.links] == ["login"]


def test_the_user_is_not_asked_for_with_every_event(rf):
    class Asked(HttpRequest):
        @property
        def user(self) -> Any:
            raise AssertionError("a query")

    assert Browser(Asked()).claim(message("track", user_id="7"), now=NOW).user_id == ""


def test_another_user_of_the_same_browser_is_a_new_visitor(visitor, secret):
    visitor.COOKIES["px"] = random_identity(user_id="7").cookie
    before = identity_of(visitor)
    proof = {"userHash": hmac.new(secret, b"8", hashlib.sha256).hexdigest()}
    claim = Browser(visitor).claim(message(user_id="8", traits=proof), now=NOW)
    assert claim.user_id == "8"
    assert claim.anonymous_id != before.anonymous_id
    assert claim.links == []  # the first user's profile is not the second's


def test_a_browsers_consent_is_its_cookies_and_not_its_words(visitor, rf):
    stated = {"consent": {"categoryPreferences": {"analytics": True}}}
    assert Browser(visitor).agrees({})
    rf.cookies["px_consent"] = "1.none"
    assert not Browser(rf.post("/")).agrees(stated)


def test_a_browsers_context_says_network_program_and_language(visitor):
    context = Browser(visitor).context({"ip": "8.8.8.8", "page": {"path": "/"}})
    assert context == {
        "ip": "127.0.0.0",
        "userAgent": "Firefox",
        "locale": "de-AT",
        "page": {"path": "/"},
    }


def test_a_browsers_word_on_its_program_and_country_is_not_believed(rf):
    bot = rf.post("/", headers={"user-agent": "Googlebot/2.1", "accept-language": "en"})
    context = Browser(bot).context({"userAgent": "Firefox", "country": "DE", "locale": "fr"})
    assert context == {"ip": "127.0.0.0", "userAgent": "Googlebot/2.1", "locale": "fr"}


def test_what_a_browser_sends_in_headers_is_kept_in_part(rf):
    request = rf.post("/", headers={"user-agent": "x" * 9_999, "accept-language": "y" * 9_999})
    context = Browser(request).context({})
    assert (len(context["userAgent"]), len(context["locale"])) == (512, 35)


def test_browsers_without_a_cookie_share_the_rate_of_their_program(rf, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 1}
    Browser(rf.post("/", headers={"user-agent": "Firefox"})).limit(1)
    Browser(rf.post("/", headers={"user-agent": "Chrome"})).limit(1)
    with pytest.raises(Refused) as refused:
        Browser(rf.post("/", headers={"user-agent": "Firefox"})).limit(1)
    assert refused.value.status == 429


def test_a_message_id_of_ours_is_not_given_twice():
    assert len({random_message_id() for _ in range(100)}) == 100


def test_a_browser_without_a_window_says_so_by_its_hints(rf):
    brands = '"Chromium";v="131", "HeadlessChrome";v="131"'
    assert Browser(rf.post("/", HTTP_SEC_CH_UA=brands)).context({})["headless"] is True
    assert "headless" not in Browser(rf.post("/")).context({})


def test_an_id_that_is_made_up_can_be_told():
    assert is_made_up(random_message_id())
