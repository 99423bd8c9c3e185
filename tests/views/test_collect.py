"""The collecting endpoint as its clients see it: the contract of the Segment HTTP tracking API."""

import base64
import gzip
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from personalize.collect.rate import buckets
from personalize.collect.sources import forget_sources
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.models import Source
from personalize.stream.protocol import current_stream

pytestmark = pytest.mark.django_db

PREFIX = "/personalize/v1/"
CALLS = {
    "track": {"event": "Product Viewed", "properties": {"product_id": "X"}},
    "page": {"name": "Home", "properties": {"path": "/"}},
    "screen": {"name": "Home"},
    "identify": {"traits": {"plan": "free"}},
    "alias": {"previousId": "someone"},
    "group": {"groupId": "a group"},
}


@pytest.fixture(autouse=True)
def _nothing_remembered():
    buckets.clear()
    forget_sources()


@pytest.fixture
def visitor() -> Client:
    """A browser that has agreed to everything."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"})
    client.cookies["px_consent"] = "1.analytics.personalization.marketing"
    return client


@pytest.fixture
def write_key() -> str:
    source = Source(name="shop-server")
    key = source.renew_key()
    source.save()
    return key


def track(name: str = "Product Viewed", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": name, "properties": {"product_id": "X"}, **more}


def post(client: Client, body: Any, call: str = "batch", **more: Any):
    content = body if isinstance(body, bytes) else json.dumps(body)
    more.setdefault("content_type", "application/json")
    return client.post(f"{PREFIX}{call}", content, **more)


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def stored() -> list[Event]:
    stream = current_stream()
    entries = [e for p in range(stream.partitions) for e in stream.read(p, limit=1_000)]
    return [entry.event for entry in sorted(entries, key=lambda e: e.position) if entry.event]


def test_a_batch_is_stored_before_it_is_acknowledged(visitor):
    response = post(visitor, {"batch": [track("A"), track("B")], "sentAt": None})
    assert (response.status_code, response.json()) == (200, {"success": True})
    assert [event.event for event in stored()] == ["A", "B"]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_of_the_api_has_its_address(visitor, call):
    response = post(visitor, CALLS[call], call)
    assert response.status_code == 200, response.content
    assert [event.type for event in stored()] == [call]


def test_a_visitor_gets_an_identity_and_keeps_it(visitor):
    assert post(visitor, {"batch": [track()]}).cookies["px"]["httponly"]
    assert "px" not in post(visitor, {"batch": [track()]}).cookies
    first, second = stored()
    assert first.anonymous_id == second.anonymous_id
    assert len(first.anonymous_id) == 32


def test_without_consent_nothing_is_stored_and_nothing_set():
    stranger = Client()
    response = post(stranger, {"batch": [track()]})
    assert (response.status_code, response.json()) == (200, {"success": True})
    assert "px" not in response.cookies
    assert stored() == []


def test_a_privacy_signal_is_a_refusal(visitor):
    post(visitor, {"batch": [track()]}, headers={"sec-gpc": "1"})
    assert stored() == []


def test_what_a_browser_says_of_its_identity_is_not_believed(visitor):
    post(visitor, {"batch": [track(anonymousId="victim", userId="victim")]})
    (event,) = stored()
    assert event.anonymous_id != "victim"
    assert event.user_id == ""


def test_a_user_id_with_the_sites_own_hash_is_believed_and_linked(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "IDENTIFY_SECRET": "secret"}
    proof = hmac.new(b"secret", b"user-7", hashlib.sha256).hexdigest()
    call = {"userId": "user-7", "traits": {"userHash": proof, "plan": "pro"}}
    post(visitor, call, "identify")
    post(visitor, {"batch": [track(userId="user-7"), track(userId="user-8")]})
    events = {event.type: event for event in stored()}
    assert events["link"].subject.startswith("a:")
    assert events["link"].properties == {"user_id": "user-7", "proof": "hash"}
    assert events["identify"].traits == {"plan": "pro"}
    assert {event.user_id for event in stored() if event.type != "link"} == {"user-7"}


def test_a_user_who_is_logged_in_proves_their_own_id(visitor, django_user_model):
    user = django_user_model.objects.create_user("visitor")
    visitor.cookies["px_consent"] = "1.none"
    visitor.force_login(user)
    visitor.cookies["px_consent"] = "1.analytics"
    post(visitor, {"userId": str(user.pk + 1)}, "identify")
    post(visitor, {"userId": str(user.pk)}, "identify")
    events = [event for event in stored() if event.type == "identify"]
    assert {event.user_id for event in events} == {"", str(user.pk)}


def test_a_client_with_a_key_is_believed(write_key):
    body = {"batch": [track(userId="u1", anonymousId="a1", context={"ip": "203.0.113.9"})]}
    assert post(Client(), body, headers=basic(write_key)).status_code == 200
    assert post(Client(), {**body, "writeKey": write_key}).status_code == 200
    for event in stored():
        assert (event.source, event.user_id, event.anonymous_id) == ("shop-server", "u1", "a1")
        assert event.context["ip"] == "203.0.113.0"


def test_a_key_that_nobody_has_is_refused(write_key):
    for more in ({"headers": basic("wrong")}, {"headers": {"authorization": "Basic %%%"}}):
        response = post(Client(), {"batch": [track(userId="u1")]}, **more)
        assert response.status_code == 401
        assert response.json()["field"]
    Source.objects.update(is_active=False)
    response = post(Client(), {"batch": [track(userId="u1")], "writeKey": write_key})
    assert response.status_code == 401
    assert "not active" in response.json()["message"]
    assert stored() == []


def test_a_trusted_client_may_withhold_consent(write_key):
    refused = {"consent": {"categoryPreferences": {"analytics": False}}}
    post(Client(), {"batch": [track(userId="u1", context=refused)]}, headers=basic(write_key))
    assert stored() == []


def test_a_trusted_identify_and_alias_link_the_visitor(write_key):
    calls = [
        {"type": "identify", "userId": "u1", "anonymousId": "a1"},
        {"type": "alias", "userId": "u1", "previousId": "a2"},
    ]
    post(Client(), {"batch": calls}, headers=basic(write_key))
    links = [event for event in stored() if event.type == "link"]
    assert sorted(event.subject for event in links) == ["a:a1", "a:a2"]
    assert {event.properties["user_id"] for event in links} == {"u1"}


def test_one_bad_event_does_not_reject_its_neighbours(visitor):
    bad = [{"type": "track"}, {"type": "track", "event": 7}, {"type": "nonsense"}, {"type": []}]
    response = post(visitor, {"batch": [track("A"), *bad, track("B")]})
    assert response.status_code == 200
    rejected = response.json()["rejected"]
    assert [item["index"] for item in rejected] == [1, 2, 3, 4]
    assert rejected[0]["field"] == "batch[1].event"
    assert [event.event for event in stored()] == ["A", "B"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"", "body"),
        (b"[]", "body"),
        (b"\xff\xfe", "body"),
        (b'{"batch": 7}', "batch"),
        (b'{"batch": [{"type": "track"}]}', "batch[0].event"),
        (
            b'{"batch": [{"type": "track", "event": "A", "timestamp": "soon"}]}',
            "batch[0].timestamp",
        ),
        (
            b'{"batch": [{"type": "track", "event": "A", "properties": {"a": "\\u0000"}}]}',
            "batch[0]",
        ),
        (
            b'{"batch": [{"type": "track", "event": "A", "properties": {"a": 1e999}}]}',
            "batch[0].properties.a",
        ),
        (b'{"batch": [{"type": "track", "event": "A", "properties": {"a": NaN}}]}', "batch"),
        (b"[" * 100_000, "body"),
        (b'{"batch": [' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"]}", "batch[0]"),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused_by_field(visitor, body, field):
    response = post(visitor, body)
    assert response.status_code == 400, response.content
    assert response.json()["field"].startswith(field)
    assert stored() == []


def test_a_single_bad_call_is_refused_by_field(visitor):
    response = post(visitor, {"properties": {}}, "track")
    assert (response.status_code, response.json()["field"]) == (400, "event")
    response = post(visitor, b"{", "track")
    assert (response.status_code, response.json()["field"]) == (400, "body")


def test_gzip_is_unpacked(visitor):
    packed = gzip.compress(json.dumps({"batch": [track("A")]}).encode())
    assert post(visitor, packed, headers={"content-encoding": "gzip"}).status_code == 200
    assert [event.event for event in stored()] == ["A"]


@pytest.mark.parametrize(  # without the time in their heads, cases are named alike everywhere
    ("body", "status"),
    [
        (gzip.compress(b" " * 100_000_000, mtime=0), 413),
        (gzip.compress(b'{"batch": []}', mtime=0)[:-6], 400),
        (b"not gzip", 400),
    ],
)
def test_a_hostile_gzip_body_is_refused(visitor, body, status):
    assert post(visitor, body, headers={"content-encoding": "gzip"}).status_code == status


def test_beacons_may_send_text(visitor):
    body = json.dumps({"batch": [track("A")]}).encode()
    assert post(visitor, body, content_type="text/plain;charset=UTF-8").status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("application/x-www-form-urlencoded", "identity"),
        ("multipart/form-data; boundary=x", "identity"),
        ("multipart/form-data", "identity"),
        ("application/json; charset=utf-16", "identity"),
        ("application/json", "br"),
    ],
)
def test_another_kind_of_body_is_refused(visitor, content_type, encoding):
    response = post(
        visitor, b"{}", content_type=content_type, headers={"content-encoding": encoding}
    )
    assert response.status_code == 415
    assert response.json()["field"].startswith("Content-")


def test_a_refusal_that_quotes_a_marker_stays_whole(visitor):
    response = post(visitor, {"batch": [{"type": "<!--px0123456789abcdefv:-->"}]})
    assert response.status_code == 400
    assert "<!--px" in response.json()["message"]


def test_sizes_are_bounded(visitor, settings):
    assert post(visitor, b" " * 500_001).status_code == 413
    assert post(visitor, {"batch": [track()] * 501}).status_code == 413
    large = track("A", context={"x": "x" * 32_000})
    response = post(visitor, {"batch": [large, track("B")]})
    assert response.json()["rejected"][0]["index"] == 0
    assert [event.event for event in stored()] == ["B"]


def test_a_body_is_not_read_when_its_length_says_too_much(rf):
    from personalize.collect.body import read_body
    from personalize.collect.refusal import Refused

    class Unreadable:
        def read(self, *_: int) -> bytes:
            raise AssertionError("read")

    request = rf.post("/", b"", content_type="application/json")
    request.META.update({"CONTENT_LENGTH": "500001", "wsgi.input": Unreadable()})
    with pytest.raises(Refused) as refused:
        read_body(request)
    assert refused.value.status == 413


def test_depth_and_properties_are_bounded(visitor):
    deep: dict[str, Any] = {}
    for _ in range(9):
        deep = {"a": deep}
    wide = {f"p{number}": 1 for number in range(256)}
    response = post(visitor, {"batch": [track(properties=deep), track(properties=wide), track()]})
    assert [item["index"] for item in response.json()["rejected"]] == [0, 1]


def test_who_sends_too_fast_is_told_when_to_come_back(visitor, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 5}
    statuses = [post(visitor, track(), "track").status_code for _ in range(7)]
    assert statuses[:5] == [200] * 5
    response = post(visitor, track(), "track")
    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert len(stored()) == statuses.count(200)


def test_a_trusted_client_is_not_slowed(write_key, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 5}
    body = {"batch": [track(userId="u1")] * 20}
    statuses = {post(Client(), body, headers=basic(write_key)).status_code for _ in range(3)}
    assert statuses == {200}


def test_when_the_stream_is_down_the_sender_is_asked_to_come_back(visitor, settings):
    from tests.servers import free_port

    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}
    response = post(visitor, {"batch": [track()]})
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_events_are_posted(visitor, method):
    response = getattr(visitor, method)(f"{PREFIX}batch")
    assert response.status_code == 405


def test_another_site_cannot_inject_events(visitor):
    response = post(visitor, {"batch": [track()]}, headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert response.json()["field"] == "Origin"
    assert "Access-Control-Allow-Origin" not in response
    assert stored() == []


def test_an_allowed_origin_may_send_and_is_answered_its_preflight(visitor, settings):
    shop = "https://shop.example"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "ALLOWED_ORIGINS": [shop]}
    preflight = visitor.options(f"{PREFIX}batch", headers={"origin": shop})
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == shop
    assert "POST" in preflight["Access-Control-Allow-Methods"]
    response = post(visitor, {"batch": [track()]}, headers={"origin": shop})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, shop)
    assert response["Access-Control-Allow-Credentials"] == "true"


def test_a_wrong_clock_is_set_right_by_sent_at(visitor):
    hour = 3_600_000
    ahead = int(time.time() * 1000) + 5 * hour
    post(visitor, {"batch": [track(timestamp=ahead - 1_000)], "sentAt": ahead})
    (event,) = stored()
    assert event.original_timestamp == ahead - 1_000
    assert abs(event.timestamp - (event.received_at - 1_000)) < 50


def test_a_right_clock_leaves_the_time_as_it_was(write_key):
    now = int(time.time() * 1000)
    body = {"batch": [track(userId="u1", timestamp=1_600_000_000_000)], "sentAt": now}
    post(Client(), body, headers=basic(write_key))
    (event,) = stored()
    assert (event.timestamp, event.original_timestamp) == (1_600_000_000_000, None)


def test_the_address_is_cut_before_the_stream(visitor):
    post(visitor, {"batch": [track(context={"ip": "1.2.3.4"})]}, REMOTE_ADDR="203.0.113.77")
    assert stored()[0].context["ip"] == "203.0.113.0"
    for key in worker_redis().keys("px:*events"):
        assert b"203.0.113.77" not in worker_redis().dump(key)


def test_the_hot_path_asks_no_database(visitor, write_key):
    post(Client(), {"batch": [track(userId="u1")]}, headers=basic(write_key))
    with CaptureQueriesContext(connection) as queries:
        post(visitor, {"batch": [track()]})
        post(Client(), {"batch": [track(userId="u1")]}, headers=basic(write_key))
    assert list(queries) == []


def test_an_origin_that_is_no_address_is_refused(visitor):
    response = post(visitor, {"batch": [track()]}, headers={"origin": "http://[bad"})
    assert (response.status_code, response.json()["field"]) == (403, "Origin")
    assert stored() == []
