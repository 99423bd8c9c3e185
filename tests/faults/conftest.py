"""The site that most faults are done to, and options for longer runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import ROOT, Site
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def is_long(pytestconfig: pytest.Config) -> bool:
    """Whether the long variants were asked for, with `FAULTS_LONG=1`."""
    return bool(os.environ.get("FAULTS_LONG"))


def made(url: str) -> None:
    """Make the tables of a site and what its editors have set."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "DATABASE_URL": url,
        "SECRET_KEY": "tests-only",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.faults.inside", "make"], env=environment, cwd=ROOT, check=True
    )


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database to copy."""
    path = tmp_path_factory.mktemp("faults") / "made.sqlite3"
    made(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def site(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The standing site: whoever harms it leaves it whole."""
    folder = tmp_path_factory.mktemp("site")
    site = Site(
        folder,
        database=tables,
        FAULTS_CLOCK=str(folder / "clock"),
        GEO_DATABASE=str(folder / "countries.mmdb"),
    )
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server with the tables of a site."""
    server = PostgresServer().start()
    made(server.url)
    yield server
    server.stop()
