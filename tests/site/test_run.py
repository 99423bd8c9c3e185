"""The supervisor behind `make demo`, as far as it needs no demo."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cms_project import run


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the demo's files, and an environment that settles nothing."""
    monkeypatch.setattr(run, "VAR", tmp_path)
    for name in ("SECRET_KEY", "REDIS_URL", "CACHE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_taken_port_is_named_and_another_one_offered(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = f"from cms_project import run; run.VAR = run.Path({str(tmp_path)!r}); run.main()"
        ended = subprocess.run(
            (sys.executable, "-c", code),
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert f"Port {port} is in use" in ended.stderr
    assert "PORT=8001 make demo" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_key_is_made_once_and_for_us_alone(var: Path) -> None:
    first = run.settle_environment(redis_port=7777)
    second = run.settle_environment(redis_port=7778)

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) > 50
    assert (var / "secret_key").stat().st_mode & 0o077 == 0
    assert "redis://127.0.0.1:7778/0" in (var / "demo.env").read_text()


def test_the_environment_wins(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/0")
    monkeypatch.setenv("SECRET_KEY", "ours")
    settings = run.settle_environment(redis_port=7777)

    assert settings["SECRET_KEY"] == "ours"
    assert "REDIS_URL" not in settings
    assert "7777" not in (var / "demo.env").read_text()


def test_a_folder_has_one_demo(var: Path) -> None:
    with run.take_lock(), pytest.raises(SystemExit, match="runs already"):
        run.take_lock()
