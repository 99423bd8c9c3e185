"""A small site with a collect endpoint that records what the tracker sends, and can refuse it."""

import json
import mimetypes
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

STATIC = Path(__file__).parents[2] / "personalize" / "static"
POLICY = "default-src 'self'; script-src 'self' 'nonce-test'; img-src data:"
WAIT_SECONDS = 20


class Request(NamedTuple):
    """One request that the tracker made."""

    method: str
    path: str
    cookie: str
    body: dict[str, Any]


class Answer(NamedTuple):
    """What the endpoint is to say instead of 200."""

    status: int
    headers: dict[str, str] = {}


class Recorder:
    """The site. `html` stands in the body of every page; `answers` are given first, in order."""

    def __init__(self) -> None:
        self.html = "<h1>Page</h1>"
        self.head = ""
        self.consent = ""
        self.modules = "attention"
        self.fragments: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.requests: list[Request] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Close the site."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def document(self) -> str:
        """Return the page as it is served."""
        return (
            f"<!doctype html><html lang='en'><head><title>Title</title>{self.head}"
            "<link rel='icon' href='data:,'>"
            "<script defer nonce='test' src='/static/personalize/tracker.js'"
            f" data-endpoint='/personalize/' data-consent='{self.consent}'"
            f" data-modules='{self.modules}'></script></head><body>{self.html}</body></html>"
        )

    def delivered(self) -> list[dict[str, Any]]:
        """Return the events of all batches that were answered with 200, repeated ones too."""
        batches = [r.body["batch"] for r in self.requests if r.path.endswith("v1/batch")]
        return [event for batch in batches for event in batch]

    def accepted(self) -> list[dict[str, Any]]:
        """Return the delivered events, each once: a page may not live to hear the answer."""
        return list({event["messageId"]: event for event in self.delivered()}.values())

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the accepted events with this name; a call without one goes by its type."""
        return [e for e in self.accepted() if (e.get("event") or e["type"]) == name]

    def wait_for(self, name: str, *, count: int = 1) -> list[dict[str, Any]]:
        """Return the events with this name as soon as there are so many."""
        self.wait_until(lambda: len(self.events(name)) >= count)
        return self.events(name)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds, or fail with what did arrive."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout=WAIT_SECONDS):
                names = [e.get("event") or e["type"] for e in self.accepted()]
                raise AssertionError(f"Did not happen; arrived: {names}")

    def take_answer(self, request: Request) -> Answer:
        """Record the request unless an answer waits that refuses it."""
        with self._changed:
            answer = self.answers.pop(0) if self.answers else Answer(200)
            if answer.status == 200:
                self.requests.append(request)
            self._changed.notify_all()
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"recorder": self})


class _Handler(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            return self._send(200, file.read_bytes(), {"Content-Type": kind})
        page = self.recorder.document().encode()
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        return self._send(200, page, headers)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        cookie = self.headers.get("Cookie", "")
        answer = self.recorder.take_answer(Request(self.command, self.path, cookie, body))
        headers = {"Content-Type": "application/json", **answer.headers}
        if answer.status != 200:
            return self._send(answer.status, b"{}", headers)
        if self.path.endswith("v1/decide"):
            return self._send(
                200, json.dumps({"fragments": self.recorder.fragments}).encode(), headers
            )
        if self.path.endswith("v1/consent"):
            granted = [name for name, value in body["purposes"].items() if value] or ["none"]
            headers["Set-Cookie"] = f"px_consent={'.'.join(['1', *granted])}; Path=/; SameSite=Lax"
        elif "px=" not in cookie:
            number = len(self.recorder.requests)
            headers["Set-Cookie"] = f"px=visitor{number}; Path=/; HttpOnly; SameSite=Lax"
        return self._send(200, b'{"success": true}', headers)

    def do_PUT(self) -> None:
        self.do_POST()

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
