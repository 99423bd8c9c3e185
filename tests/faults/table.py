"""Run the faults and write what became of each: `python -m tests.faults.table` (`make faults`).

`FAULTS_LONG=1` runs the long variants. With `--only-write FILE` the report of an earlier run is
written anew.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "faults.md"
TESTS = ["tests/faults"]

# What is asked of the site, row by row; the numbers are those of the project's list of faults.
ROWS = {
    "F1": "A worker is killed amid a batch",
    "F2": "A member of Kafka's group is killed between saving and committing its offset",
    "F3": "A web server is killed after storing, before answering",
    "F4": "Redis is killed and restarted under load",
    "F5": "Redis is killed, its append-only file off",
    "F6": "Redis is absent, hangs, is slow",
    "F7": "The database is gone, fails over, may only be read",
    "F8": "A worker is connected and does nothing",
    "F9": "A task runs twice: its broker gave it out again",
    "F10": "Poisoned events",
    "F11": "Invalid events",
    "F12": "Events come ten times, in no order, by several ways at once",
    "F13": "The archive is replayed",
    "F14": "Clocks are wrong",
    "F15": "The disk is full",
    "F16": "Redis has reached its limit of memory",
    "F17": "Requests, events and batches are too large",
    "F18": "Names without number or end",
    "F19": "Deep nesting",
    "F20": "Texts of every kind",
    "F21": "Numbers of every kind",
    "F22": "Broken requests",
    "F24": "Many ask at once after the cache was emptied",
    "F25": "The configuration changes amid traffic",
    "F29": "The file of countries is missing, broken, replaced",
    "F30": "A backlog",
    "F31": "Somebody is erased while their events come in",
    "F33": "Two beats",
    "F34": "Workers are cut off from the database, not from Redis",
    "F35": "A long time passes",
}
ELSEWHERE = {
    "F23": ("Slow clients", "the web server's time-outs: [production](../howto/production.md)"),
}
HEAD = """# Faults survived

Each row is done to a whole site of real processes: gunicorn, a Celery worker with beat, Redis, a
database, a lake. Numbered events are sent by clients that keep and resend what is not acknowledged;
what is acknowledged goes to a file at once. After the fault the site is left to itself until
nothing waits. Then every acknowledged event has to be in the lake or in quarantine exactly once;
counts, sums, distinct values, averages, tops and lasts in the profiles, memberships, rows of
visitors and the tallies have to equal what the same events come to when they are computed from
nothing; and no page may have failed. Times are what was measured on a busy machine, not limits.

There is no spool on the web server's disk: when the stream takes nothing, senders are told so at
once (503 with `Retry-After`), and the tracker and Segment's clients keep their events and resend
them.

Made by `make faults`; that a killed writer of the lake loses and doubles nothing is shown by
`tests/lake`, what a redelivery does on Kafka and Kinesis by `tests/stream`.
"""


def main() -> int:
    """Run, write, and return 1 when a row failed."""
    if sys.argv[1:2] == ["--only-write"]:
        report = Path(sys.argv[2])
    else:
        report = Path(tempfile.mkdtemp(prefix="personalize-faults-")) / "report.json"
        run(report)
    found = json.loads(report.read_text())
    PAGE.write_text(page(found, at=datetime.fromtimestamp(report.stat().st_mtime, UTC)))
    failed = sorted({each["test"] for each in found if each["outcome"] == "failed"})
    print(f"{PAGE.relative_to(ROOT)}: {len(found)} results", *failed, sep="\n")
    return bool(failed)


def run(report: Path) -> None:
    """Run the suite; the plugin writes the report."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.faults.report", *TESTS]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "FAULTS_REPORT": str(report)}, check=False)


def page(found: list[dict[str, Any]], *, at: datetime) -> str:
    """Return the page: a row of the table for each row of the list."""
    lines = [HEAD, f"Run of {at:%Y-%m-%d %H:%M} UTC, Python {sys.version.split()[0]}.", ""]
    lines += ["| row | fault | how | result | figures |", "| --- | --- | --- | --- | --- |"]
    for row in sorted({*ROWS, *ELSEWHERE}, key=lambda name: int(name[1:])):
        if row in ELSEWHERE:
            fault, where = ELSEWHERE[row]
            lines.append(f"| {row} | {fault} | {where} | there | |")
        else:
            lines.append(_line(row, [each for each in found if each["row"] == row]))
    return "\n".join(lines) + "\n"


def _line(row: str, results: list[dict[str, Any]]) -> str:
    told = _distinct(each["how"] for each in results if each["how"])
    how = "; ".join(told or _distinct(_words(each["test"]) for each in results))
    figures = "<br>".join(each["figures"] for each in results if each["figures"])
    return f"| {row} | {ROWS[row]} | {how} | {_result(results)} | {figures} |"


def _result(results: list[dict[str, Any]]) -> str:
    outcomes = [each["outcome"] for each in results]
    if "failed" in outcomes:
        return "**failed**"
    passed, skipped = outcomes.count("passed"), outcomes.count("skipped")
    if not passed:
        return "not run"
    tests = f"{passed} test{'s'[: passed != 1]} passed"
    return tests + (f", {skipped} not run" if skipped else "")


def _words(test: str) -> str:
    """Return the name of a test as a sentence."""
    name = test.rpartition("::")[2].removeprefix("test_").rpartition("_")[0]
    return name.replace("_", " ")


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


if __name__ == "__main__":
    sys.exit(main())
