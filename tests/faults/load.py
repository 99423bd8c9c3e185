"""The load: clients that keep and resend what was not acknowledged, and people who view pages."""

import base64
import json
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from threading import Event as Flag
from threading import Thread
from typing import Any

from tests.faults.expected import Run
from tests.faults.history import History
from tests.streamed import FIREFOX

GIVE_UP_SECONDS = 180.0  # of a batch; the machine may be busy
PATIENCE_SECONDS = 0.5  # at most, whatever Retry-After says: the tests have less time than clients
ANSWER_SECONDS = 30.0
PAGE = "/faults/page/"


class Caller:
    """One connection to the site, made anew when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: HTTPConnection | None = None

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; raises OSError or HTTPException when nobody answers."""
        line = self._line or HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        self._line = line
        try:
            line.request(method, path, body=body, headers=headers)
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (OSError, HTTPException):
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        if self._line:
            self._line.close()
            self._line = None


class Client:
    """A client with a write key, who sends what a test makes up."""

    def __init__(self, port: int, *, key: str) -> None:
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self._caller = Caller(port)

    def post(self, body: bytes, *, path: str = "batch", **headers: str) -> tuple[int, Any]:
        """Return status and answer; raises when nobody answers."""
        sent = {**self.headers, **{name.replace("_", "-"): each for name, each in headers.items()}}
        try:
            status, _, answer = self._caller.ask(
                "POST", f"/personalize/v1/{path}", body=body, headers=sent
            )
        finally:
            self._caller.close()  # a line that stood for seconds may be closed on the other side
        return status, json.loads(answer)

    def send(self, *messages: dict[str, Any]) -> tuple[int, Any]:
        """Send the messages as one batch."""
        return self.post(json.dumps({"batch": messages}).encode())


class Load:
    """Sends the events of a run, batch after batch, until stopped; nothing is given up before."""

    def __init__(
        self, port: int, folder: Path, *, name: str, key: str, visitors: int = 40, **options: Any
    ) -> None:
        self.run = Run(name, time.time_ns() // 1_000_000, visitors)
        self.history = History(folder / f"{name}.history", self.run)
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.seconds: list[float] = []
        self.acknowledged = 0
        self.batch: int = options.get("batch", 20)
        self.times: int = options.get("times", 1)
        self.pause_seconds: float = options.get("pause_seconds", 0.01)
        self._port, self._numbers, self._stop = port, count(), Flag()
        self._headers = Client(port, key=key).headers
        threads = range(options.get("threads", 2))
        self._threads = [Thread(target=self._send_on, daemon=True) for _ in threads]

    def start(self) -> "Load":
        """Begin to send."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """End after every batch under way was acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.history.close()
        assert not self.faults, self.faults

    def send(self, events: int) -> None:
        """Send so many events, and end."""
        self.start()
        while self.acknowledged < events and not self.faults:
            time.sleep(0.02)
        self.stop()

    def _send_on(self) -> None:
        caller = Caller(self._port)
        while not self._stop.is_set() and not self.faults:
            numbers = [next(self._numbers) for _ in range(self.batch)]
            messages = [self.run.message(number) for number in numbers]
            for _ in range(self.times):
                self._send(caller, {"batch": messages})
                messages.reverse()
            self.history.acknowledged(numbers)
            self.acknowledged += len(numbers)
            time.sleep(self.pause_seconds)
        caller.close()

    def _send(self, caller: Caller, batch: dict[str, Any]) -> None:
        body, give_up_at = json.dumps(batch).encode(), time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < give_up_at:
            wait = PATIENCE_SECONDS / 5
            began = time.monotonic()
            try:
                status, headers, answer = caller.ask(
                    "POST", "/personalize/v1/batch", body=body, headers=self._headers
                )
            except (OSError, HTTPException):
                self.statuses[0] += 1
                time.sleep(wait)
                continue
            self.seconds.append(time.monotonic() - began)
            self.statuses[status] += 1
            if status == 200 and json.loads(answer) == {"success": True}:
                return
            if status != 503 or "Retry-After" not in headers:
                self.faults.append(f"{status}: {answer[:300]!r}")
                return
            time.sleep(min(float(headers["Retry-After"]), PATIENCE_SECONDS))
        self.faults.append("a batch was never acknowledged")


class Viewer:
    """Somebody who looks at pages all the time, and sees whether one fails."""

    def __init__(self, port: int, *, paths: tuple[str, ...] = (PAGE,)) -> None:
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.bodies: list[tuple[float, bytes]] = []
        self._port, self._paths, self._stop = port, paths, Flag()
        self._thread = Thread(target=self._look_on, daemon=True)

    def look(self) -> int:
        """Look at one page and return its status, or 0."""
        caller = Caller(self._port)
        try:
            return caller.ask("GET", self._paths[0], headers={"User-Agent": FIREFOX})[0]
        except (OSError, HTTPException):
            return 0
        finally:
            caller.close()

    def start(self) -> "Viewer":
        """Begin to look."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, and insist that no page failed: none at all is no answer of the site's."""
        self._stop.set()
        self._thread.join()
        assert self.statuses[200]
        assert not {status for status in self.statuses if status >= 400}, self.statuses

    @property
    def figures(self) -> str:
        """Say how many pages were shown, and how fast."""
        return f"{self.statuses[200]} pages, {spread(self.seconds)}"

    def _look_on(self) -> None:
        caller = Caller(self._port)
        cookies = {"px_consent": "1.analytics.personalization"}
        number = 0
        while not self._stop.is_set():
            number += 1
            sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
            headers = {"User-Agent": FIREFOX, "Cookie": sent}
            began = time.monotonic()
            try:
                status, answer, body = caller.ask(
                    "GET", self._paths[number % len(self._paths)], headers=headers
                )
            except (OSError, HTTPException):
                self.statuses[0] += 1
                time.sleep(0.1)
                continue
            self.seconds.append(time.monotonic() - began)
            self.statuses[status] += 1
            self.bodies.append((time.monotonic(), body))
            if given := answer.get("Set-Cookie", ""):
                name, _, value = given.partition(";")[0].partition("=")
                cookies[name] = value
            time.sleep(0.02)
        caller.close()


def spread(seconds: list[float]) -> str:
    """Say the median and the slowest hundredth, in milliseconds."""
    if len(seconds) < 2:
        return "too few to say"
    slow = quantiles(seconds, n=100)[-1]
    return f"median {median(seconds) * 1000:.0f} ms, p99 {slow * 1000:.0f} ms"
