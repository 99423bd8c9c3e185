"""How fast events are taken: `v1/batch` against a bare Django view in the same gunicorn."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from benchmarks.result import Result, alternate
from personalize.collect.identity import random_identity
from personalize.connections import worker_redis
from tests.servers import free_port, wait_for_port

EVENTS, EVENT_BYTES = 10, 300
CONNECTIONS, SECONDS = 4, 1.5


def bare(request: HttpRequest) -> HttpResponse:
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
    port = free_port()
    cookies = f"px={random_identity().cookie}; px_consent=1.analytics"
    batch = _request("POST", "/personalize/v1/batch", _batch(), cookies=cookies)
    nothing = _request("GET", "/bare", b"", cookies=cookies)
    with _server(port):
        ours, baseline = alternate(
            lambda: _requests_a_second(port, batch), lambda: _requests_a_second(port, nothing)
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


@contextmanager
def _server(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--log-level", "error"]
    command += ["--bind", f"127.0.0.1:{port}", "benchmarks.ingest:site()"]
    server = subprocess.Popen(command, env=os.environ.copy())
    try:
        wait_for_port(port)
        yield
    finally:
        server.terminate()
        server.wait()
        worker_redis().flushdb()


def _requests_a_second(port: int, request: bytes) -> float:
    """Send the request over and over, on a few connections at a time, one request each."""
    ends_at = time.perf_counter() + SECONDS

    def send_until_the_end() -> int:
        answered = 0
        while time.perf_counter() < ends_at:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
                answer = connection.recv(4096)
                while connection.recv(4096):
                    pass
            if b" 200 OK" not in answer[:20]:
                raise RuntimeError(f"Not 200: {answer[:200]!r}")
            answered += 1
        return answered

    with ThreadPoolExecutor(CONNECTIONS) as clients:
        counts = [clients.submit(send_until_the_end) for _ in range(CONNECTIONS)]
        return sum(count.result() for count in counts) / SECONDS


def _request(method: str, address: str, body: bytes, *, cookies: str) -> bytes:
    head = (
        f"{method} {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        f"Cookie: {cookies}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


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
