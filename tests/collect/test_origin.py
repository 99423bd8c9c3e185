"""Origins: who may make a browser send events here."""

import pytest
from django.http import HttpResponse

from personalize.collect.origin import allow_origin, allow_preflight, is_allowed, is_own

SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def _shop_is_allowed(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "ALLOWED_ORIGINS": [SHOP]}


@pytest.mark.parametrize(
    ("headers", "own", "allowed"),
    [
        ({}, True, True),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True, True),
        ({"HTTP_SEC_FETCH_SITE": "none"}, True, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False, False),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False, False),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": SHOP}, False, True),
        ({"HTTP_ORIGIN": "http://testserver"}, True, True),
        ({"HTTP_ORIGIN": "http://testserver:81"}, False, False),
        ({"HTTP_ORIGIN": "https://evil.example"}, False, False),
        ({"HTTP_ORIGIN": "https://testserver.evil.example"}, False, False),
        ({"HTTP_ORIGIN": "null"}, False, False),
        ({"HTTP_ORIGIN": "http://[bad"}, False, False),
        ({"HTTP_ORIGIN": "testserver"}, False, False),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://testserver"}, False, False),
        ({"HTTP_ORIGIN": "https://shop.example.evil"}, False, False),
    ],
)
def test_only_this_site_and_allowed_ones_may_send(rf, headers, own, allowed):
    request = rf.post("/", **headers)
    assert (is_own(request), is_allowed(request)) == (own, allowed)


def test_an_allowed_origin_is_named_and_never_a_star(rf):
    response = HttpResponse()
    allow_origin(rf.post("/", HTTP_ORIGIN=SHOP), response)
    assert response["Access-Control-Allow-Origin"] == SHOP
    assert response["Vary"] == "Origin"


def test_another_origin_learns_nothing(rf):
    response = HttpResponse()
    allow_preflight(rf.options("/", HTTP_ORIGIN="https://evil.example"), response, methods="POST")
    assert not [name for name in response.headers if name.startswith("Access-Control")]
