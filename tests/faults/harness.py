"""A whole site as real processes, which a test may kill, hold and starve, and ask afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.load import Client, Load, Viewer
from tests.servers import Program, RedisServer, free_port, web_server, worker

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 180.0  # of every wait: the machine may be busy


class Inside:
    """A process of the site that answers questions; see `inside.py`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.inside"],
                env={**os.environ, **environment},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ask(self, call: str, *words: str, **args: Any) -> Any:
        """Return the result of a function of `inside.py`; raises RuntimeError where it failed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"call": call, "words": words, "args": args}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("result")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Site:
    """Redis, web server, worker with beat, database and lake, in a folder of their own.

    `redis_url` and `database_url` lead there through a proxy where a test gives them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: Path | str,
        redis: RedisServer | None = None,
        redis_url: str = "",
        **environment: str,
    ) -> None:
        self.folder = folder
        self.redis = redis or RedisServer()
        if isinstance(database, Path):
            copy = folder / "site.sqlite3"
            shutil.copy(database, copy)
            database = f"sqlite:///{copy}"
        self.database_url = database
        self.port = free_port()
        url = redis_url or self.redis.url
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "SECRET_KEY": "tests-only",
            "DATABASE_URL": database,
            "REDIS_URL": url,
            "CELERY_BROKER_URL": url,
            "CACHE_URL": f"rediscache://{url.removeprefix('redis://').removesuffix('0')}1",
            "LAKE_URL": str(folder / "lake"),
            "LOG_LEVEL": "WARNING",
            **environment,
        }
        self.web: Program | None = None
        self.workers: list[Program] = []
        self.restarts = 0
        self._inside: Inside | None = None

    def start(self, *, web: bool = True, work: bool = True) -> "Site":
        """Start what is asked for, and return when it can be used."""
        if self.redis.process is None:
            self.redis.start()
        if work:
            self.start_worker()
        if web:
            self.start_web()
        return self

    def start_web(self) -> None:
        """Start the web server."""
        self.web = web_server(self.environment, port=self.port)
        wait_until(self.answers, "the web server answers")

    def start_worker(self, *, beat: bool = True, **environment: str) -> Program:
        """Start a worker; it may not be ready yet."""
        started = worker({**self.environment, **environment}, beat=beat)
        self.workers.append(started)
        return started

    def start_beat(self) -> Program:
        """Start one more beat, by itself."""
        arguments = ("celery", "-A", "cms_project", "beat", "--pidfile=")
        started = Program(*arguments, environment=self.environment).start()
        self.workers.append(started)
        return started

    def stop(self) -> None:
        """End everything at once."""
        for program in [*self.workers, *([self.web] if self.web else [])]:
            program.kill()
        if self._inside:
            self._inside.close()
        self.redis.kill()
        shutil.rmtree(self.redis.folder, ignore_errors=True)

    def answers(self) -> bool:
        """Whether the web server shows a page."""
        return Viewer(self.port).look() == 200

    def ask(self, call: str, *words: str, **args: Any) -> Any:
        """Ask a process of the site; see `inside.py`."""
        if self._inside is None:
            self._inside = Inside(self.environment, self.folder / "inside.log")
        return self._inside.ask(call, *words, **args)

    def load(self, name: str, **options: Any) -> Load:
        """Return a load of numbered events, of a client of its own."""
        key = self.ask("source", name=name)
        return Load(self.port, self.folder, name=name, key=key, **options)

    def client(self, name: str) -> Client:
        """Return a client for what a test makes up."""
        return Client(self.port, key=self.ask("source", name=name))

    def viewer(self, **options: Any) -> Viewer:
        """Return somebody who looks at pages."""
        return Viewer(self.port, **options)

    def settle(self) -> float:
        """Wait until everything accepted has had its effect; return how long that took."""

        def is_settled() -> bool:
            self.supervise()
            return bool(self._try("settled"))

        return wait_until(is_settled, "everything is settled")

    def supervise(self) -> None:
        """Start workers anew that have ended, as systemd does: Celery ends with a full broker."""
        for program in self.workers:
            if program.process and program.process.poll() is not None:
                program.start()
                self.restarts += 1

    def check(self, load: Load) -> str:
        """Insist that what was acknowledged is there once, and adds up; say how much that was."""
        found = self.ask("verdict", path=str(load.history.path))
        assert found["wrong"] == []
        assert found["acknowledged"] == load.acknowledged > 0
        return f"{found['acknowledged']} events acknowledged, each there once"

    def _try(self, call: str) -> Any:
        try:
            return self.ask(call)
        except RuntimeError:
            return None


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> float:
    """Return after how many seconds it was so."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"It did not happen that {what}"
        time.sleep(0.1)
    return time.monotonic() - began


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in found.split()]


def descendants_of(pid: int) -> list[int]:
    """Return the processes below a process."""
    return [each for child in children_of(pid) for each in (child, *descendants_of(child))]


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to those that still live."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def resident_bytes(pid: int) -> int:
    """Return how much memory a process and those below it hold; what they share counts once."""
    kilobytes = 0
    for each in (pid, *descendants_of(pid)):
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1_024


def open_files(pid: int) -> int:
    """Return how many file descriptors a process and those below it hold."""
    number = 0
    for each in (pid, *descendants_of(pid)):
        try:
            number += len(list(Path(f"/proc/{each}/fd").iterdir()))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return number
