"""Lanes: tests that need another program. At home a missing one is skipped loudly, in CI it fails.

A test joins a lane by its marker; everything below `tests/browser/` is in the lane `browser`.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kafka_server import has_kafka
from tests.servers import has_postgres
from tests.spark_cluster import has_spark

ROOT = Path(__file__).parent.parent
SKIPPED = "missing lane: "
# Folders: what they show is the same on any database.
BESIDE_SQL = ("faults", "history", "lake", "parity")
LONG_LANES = {"postgres", "quickstart"}
IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def chromium() -> str:
    """Return the path of a Chromium that this machine has, or an empty string."""
    named = os.environ.get("CHROMIUM", "")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((path for path in found if path), "")


def _has_node() -> bool:
    return bool(shutil.which("node")) and (ROOT / "node_modules").is_dir()


def _has_moto() -> bool:
    return bool(find_spec("boto3") and find_spec("moto"))


def _wants_quickstart() -> bool:
    return IS_CI or bool(os.environ.get("RUN_QUICKSTART"))


class Lane(NamedTuple):
    """What a lane needs, and how to say that it is missing."""

    can_run: Callable[[], bool]
    missing: str


LANES = {
    "kinesis": Lane(_has_moto, "boto3 and moto not installed"),
    "browser": Lane(lambda: bool(chromium()), "Chromium not found"),
    "kafka": Lane(has_kafka, "Java and Maven, or KAFKA_BOOTSTRAP_SERVERS, not found"),
    "node": Lane(_has_node, "Node.js and node_modules/ not found"),
    "postgres": Lane(has_postgres, "PostgreSQL's server programs not found"),
    "spark": Lane(has_spark, "PySpark or Java not found"),
    "quickstart": Lane(_wants_quickstart, "takes minutes; ask with RUN_QUICKSTART=1"),
}


def lanes_of(item: pytest.Item) -> set[str]:
    """Return the lanes that a test is in."""
    by_marker = {marker.name for marker in item.iter_markers()} & LANES.keys()
    is_below_browser = item.path.is_relative_to(ROOT / "tests" / "browser")
    return by_marker | ({"browser"} if is_below_browser else set())


def touches_database(item: pytest.Item) -> bool:
    """Return whether a test, outside of the lanes, is about what the database does."""
    fixtures = set(getattr(item, "fixturenames", ()))
    uses_it = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}
    is_beside = any(item.path.is_relative_to(ROOT / "tests" / each) for each in BESIDE_SQL)
    return bool(uses_it) and not is_beside and not lanes_of(item)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which the lane on PostgreSQL chooses its tests."""
    parser.addoption(
        "--only-database", action="store_true", help="run only tests that use the database"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose and order the tests."""
    if config.getoption("only_database"):
        items[:] = [item for item in items if touches_database(item)]
    _order(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the test not begin where its lane cannot run."""
    for lane in sorted(lanes_of(item)):
        if not _can_run(lane):
            if IS_CI:
                missing = LANES[lane].missing
                said = f"In CI every lane must run. Missing: {lane} ({missing})"
                pytest.fail(said, pytrace=False)
            pytest.skip(f"{SKIPPED}{lane}")


@cache
def _can_run(lane: str) -> bool:
    return LANES[lane].can_run()


def _order(items: list[pytest.Item]) -> None:
    """Put the longest tests first, so that no process waits for them, and Chromium's last.

    Playwright leaves an event loop running in its thread: asyncio.run() would fail after it.
    Whole files move, as they go to the processes of `pytest -n`.
    """
    browsers = {item.path for item in items if _opens_chromium(item)}
    items.sort(
        key=lambda item: (
            item.path in browsers,
            not lanes_of(item) & LONG_LANES,
            _opens_chromium(item),
        )
    )


def _opens_chromium(item: pytest.Item) -> bool:
    return "chromium" in getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what did not run, in whichever process."""
    said = (str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    lanes = (re.search(rf"{SKIPPED}(\w+)", text) for text in said)
    skipped = Counter(lane[1] for lane in lanes if lane)
    if skipped:
        report = "; ".join(
            f"{lane} ({LANES[lane].missing}): {count} test{'s'[: count != 1]}"
            for lane, count in sorted(skipped.items())
        )
        terminalreporter.write_line(f"SKIPPED LANES: {report}", bold=True, yellow=True)
