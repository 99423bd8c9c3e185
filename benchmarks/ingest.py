"""How fast events are taken: `v1/batch` against a bare Django view in the same gunicorn."""

import json

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from benchmarks.result import Result, alternate
from benchmarks.server import request, requests_a_second, served
from personalize.collect.identity import random_identity

EVENTS, EVENT_BYTES = 10, 300


def bare(asked: HttpRequest) -> HttpResponse:
    """Answer 200: what Django itself costs."""
    return HttpResponse()


def site() -> WSGIHandler:
    """Return both views and no middleware, which would cost both sides the same."""
    settings.MIDDLEWARE = []
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 10**9}
    application = get_wsgi_application()
    settings.ROOT_URLCONF = (path("bare", bare), path("personalize/", include("personalize.urls")))
    return application


def run() -> list[Result]:
    """Measure requests a second of a browser's batches, with its signed cookie and its consent."""
    cookies = f"px={random_identity().cookie}; px_consent=1.analytics"
    batch = request("POST", "/personalize/v1/batch", cookies=cookies, body=_batch())
    nothing = request("GET", "/bare", cookies=cookies)
    with served("benchmarks.ingest:site()") as port:
        ours, baseline = alternate(
            lambda: requests_a_second(port, batch), lambda: requests_a_second(port, nothing)
        )
    return [
        Result(
            name="ingest",
            value=ours,
            unit="requests/s",
            baseline=baseline,
            ratio=ours / baseline,
        )
    ]


def _batch() -> bytes:
    event = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "2c9a1f6a-5a54-4a9e-9d0e-1f6c0f7a0000",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "properties": {"product_id": "X", "price": 12.5, "category": "Books"},
        "context": {"page": {"path": "/shop/x/"}, "timezone": "Europe/Berlin"},
    }
    event["properties"]["note"] = ""  # type: ignore[index]
    padding = EVENT_BYTES - len(json.dumps(event))
    event["properties"]["note"] = "n" * padding  # type: ignore[index]
    return json.dumps({"batch": [event] * EVENTS}).encode()
