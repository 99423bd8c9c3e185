"""A gunicorn of one worker, and clients that ask it for the same thing over and over."""

import copy
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from personalize.connections import worker_redis
from tests.servers import free_port, wait_for_port

CONNECTIONS, SECONDS = 2, 1.5
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

# A store that answers late on a busy machine would make ours look faster than it is.
PATIENT = {"GLOBAL_HOLDOUT_PERCENT": 0.0, "STORE_TIMEOUT_MS": 2_000}


def bare_site() -> dict[str, Any]:
    """Return settings with bare templates: the reference site's own have slots on every page."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].insert(0, settings.BASE_DIR / "tests" / "templates")
    return {
        "PERSONALIZE": {**settings.PERSONALIZE, **PATIENT},
        "TEMPLATES": templates,
        "CMS_TEMPLATES": [("plain.html", "Plain")],
    }


def site() -> WSGIHandler:
    """Return the reference site with bare templates, for gunicorn."""
    for name, value in bare_site().items():
        setattr(settings, name, value)
    return get_wsgi_application()


@contextmanager
def served(application: str) -> Iterator[int]:
    """Serve a WSGI application, named as gunicorn names it; gives the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--log-level", "error"]
    command += ["--bind", f"127.0.0.1:{port}", application]
    server = subprocess.Popen(command, env=os.environ.copy())
    try:
        wait_for_port(port)
        yield port
    finally:
        server.terminate()
        server.wait()
        worker_redis().flushdb()


def request(method: str, address: str, *, cookies: str, body: bytes = b"") -> bytes:
    """Return a browser's request as it goes over the wire."""
    head = (
        f"{method} {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"User-Agent: {FIREFOX}\r\nCookie: {cookies}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer(port: int, asked: bytes) -> bytes:
    """Send one request and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(asked)
        found = b""
        while some := connection.recv(65_536):
            found += some
    if b" 200 OK" not in found[:20]:
        raise RuntimeError(f"Not 200: {found[:200]!r}")
    return found


def requests_a_second(port: int, asked: bytes) -> float:
    """Send the request over and over, on a few connections at a time, one request each."""
    ends_at = time.perf_counter() + SECONDS

    def send_until_the_end() -> int:
        answered = 0
        while time.perf_counter() < ends_at:
            answer(port, asked)
            answered += 1
        return answered

    with ThreadPoolExecutor(CONNECTIONS) as clients:
        counts = [clients.submit(send_until_the_end) for _ in range(CONNECTIONS)]
        return sum(count.result() for count in counts) / SECONDS
