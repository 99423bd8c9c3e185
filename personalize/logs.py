"""Logs without personal data: one line an entry, with the fields that machines search by.

`LineFormatter` is for people, `JsonFormatter` for machines. Both write a message on one line,
and of an exception its type and where it came from: what it says may quote what a visitor sent.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

# What code passes by `extra`; whatever else others attach to a record is not written.
FIELDS = ("event", "partition", "shard", "reason", "count")
DEEPEST = 5  # frames of a traceback
LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def told(error: BaseException) -> str:
    """Return what may be logged of an exception: its type and its innermost frames."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    places = (f"{_short(each.filename)}:{each.lineno} {each.name}" for each in reversed(frames))
    return " < ".join([type(error).__name__, *places])


def fields_of(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    """Yield the structured fields that a record carries."""
    for name in FIELDS:
        value = getattr(record, name, None)
        if isinstance(value, int | float):
            yield name, value
        elif isinstance(value, str):
            yield name, one_line(value)
    if record.exc_info and record.exc_info[1]:
        yield "error", told(record.exc_info[1])


def one_line(text: str) -> str:
    """Return the text without the characters by which it could pose as another entry."""
    return LINE_BREAKS.sub(" ", text)


class JsonFormatter(logging.Formatter):
    """An entry as one JSON object: time, level, logger, message, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": one_line(record.getMessage()),
            **dict(fields_of(record)),
        }
        return json.dumps(entry, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """An entry as one line: time, level, logger, message, and its fields as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(" ", "milliseconds")
        fields = "".join(f" {name}={value}" for name, value in fields_of(record))
        head = f"{time} {record.levelname} {record.name}"
        return f"{head}: {one_line(record.getMessage())}{fields}"


def _short(filename: str) -> str:
    """Return the last three parts of a path: enough to find the file, nothing of the machine."""
    return "/".join(Path(filename).parts[-3:])
