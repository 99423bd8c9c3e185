"""Logs without personal data."""

import json
import logging
import re
import sys

import pytest

from personalize.logs import JsonFormatter, LineFormatter, told

EMAIL = "anna@example.com"


def fail():
    raise ValueError(f"cannot read {EMAIL}")


def record(message="Partition %d waits", *arguments, **extra):
    entry = logging.LogRecord("personalize.x", logging.WARNING, "", 0, message, arguments, None)
    vars(entry).update(extra)
    return entry


def failed_record():
    entry = record("An entry failed")
    try:
        fail()
    except ValueError:
        entry.exc_info = sys.exc_info()
    return entry


def test_an_entry_is_one_json_object_with_its_fields():
    written = JsonFormatter().format(record("Partition %d waits", 3, partition=3, reason="Timeout"))

    entry = json.loads(written)

    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "WARNING",
        "logger": "personalize.x",
        "message": "Partition 3 waits",
        "partition": 3,
        "reason": "Timeout",
    }


def test_an_entry_is_one_line_with_its_fields():
    written = LineFormatter().format(record("Partition %d waits", 3, partition=3))
    assert written.endswith(" WARNING personalize.x: Partition 3 waits partition=3")


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\u2028", "\x85", "\x00", "\x1b[2J"])
def test_nobody_can_write_an_entry_of_their_own_S28(formatter, line_break):
    written = formatter.format(record("Name %s", f"x{line_break}2026 ERROR forged", reason="a\nb"))
    assert len(written.splitlines()) == 1
    assert line_break not in written


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_of_an_exception_its_type_and_place_are_written_but_not_what_it_says_S28(formatter):
    written = formatter.format(failed_record())
    assert re.search(r"ValueError < ([^/ ]+/)?tests/test_logs\.py:\d+ fail ", written)
    assert EMAIL not in written


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_what_others_attach_to_an_entry_is_not_written(formatter):
    written = formatter.format(record("Bad Request", request=EMAIL, email=EMAIL, reason=[EMAIL]))
    assert EMAIL not in written


def test_an_exception_that_was_never_raised_is_told_by_its_type():
    assert told(ValueError(EMAIL)) == "ValueError"
