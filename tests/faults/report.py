"""A plugin of pytest: what became of each row, written to the file that `FAULTS_REPORT` names."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

ROW = re.compile(r"_(F\d+)(?=\[|$)")
_found: list[dict[str, Any]] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Note the result of a test that is named by a row, and the figures that it gave."""
    report = yield
    row = ROW.search(item.name)
    if row and (report.when == "call" or report.outcome != "passed"):
        doc = getattr(getattr(item, "obj", None), "__doc__", "") or ""
        _found.append(
            {
                "row": row[1],
                "test": item.nodeid.partition("[")[0],
                "how": " ".join(doc.split()).rstrip("."),
                "outcome": report.outcome,
                "figures": dict(item.user_properties).get("figures", ""),
                "seconds": round(report.duration, 1),
            }
        )
    return report


def pytest_sessionfinish() -> None:
    """Write what was noted."""
    if path := os.environ.get("FAULTS_REPORT"):
        Path(path).write_text(json.dumps(_found, indent=1))
