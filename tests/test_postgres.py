"""The lane on PostgreSQL: every test that touches the database, once more on a real server."""

import os
import subprocess
import sys

import pytest

from tests.lanes import ROOT
from tests.servers import PostgresServer


@pytest.mark.postgres
@pytest.mark.timeout(2_400)  # a third of the suite, beside the rest of it
@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="this is the run on another database")
def test_what_touches_the_database_passes_on_postgresql():
    server = PostgresServer()
    try:
        server.start()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--only-database"],
            cwd=ROOT,
            env={**os.environ, "TEST_DATABASE_URL": server.url},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
