"""The reference names everything there is, and nothing that is not.

A name counts as documented when it is a heading or the first cell of a table's row, or stands in
code (`…`) in one, below `docs/reference/`. The other way round, a table whose first column is
headed "Setting", "Operator", "Event", "Check", "Command", "Tag" or "Signal" holds no name that the
code does not know.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.dispatch import Signal

from personalize import signals
from personalize.conf import Settings
from personalize.events.standard import STANDARD
from personalize.rules.operators import OPERATORS
from personalize.templatetags import personalize as tags

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "personalize"
REFERENCE = ROOT / "docs" / "reference"

CODE = re.compile(r"`` ?(.+?) ?``|`([^`]+)`")
HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
ROW = re.compile(r"^\| *((?:[^|\\]|\\.)*?) *\|", re.MULTILINE)
CHECK_ID = re.compile(r"personalize\.[EWI]\d{3}")


def _check_ids() -> set[str]:
    texts = (path.read_text() for path in PACKAGE.rglob("*.py"))
    return {found for text in texts for found in CHECK_ID.findall(text)}


def _commands() -> set[str]:
    return {path.stem for path in (PACKAGE / "management" / "commands").glob("[!_]*.py")}


def _tags() -> set[str]:
    return {*tags.register.tags, *tags.register.filters}


def _signals() -> set[str]:
    return {name for name, value in vars(signals).items() if isinstance(value, Signal)}


KINDS = {
    "setting": lambda: set(Settings.__struct_fields__),
    "operator": lambda: set(OPERATORS),
    "event": lambda: set(STANDARD),
    "check": _check_ids,
    "command": _commands,
    "tag": _tags,
    "signal": _signals,
}


def _names_in(text: str) -> Iterator[str]:
    """Yield the text, and each code span whole and its words: `{% slot "hero" %}` names `slot`."""
    yield text.strip()
    for double, single in CODE.findall(text):
        code = (double or single).replace("\\|", "|").strip()
        yield code
        yield from code.split()


@cache
def documented() -> frozenset[str]:
    found: set[str] = set()
    for page in REFERENCE.glob("**/*.md"):
        text = page.read_text()
        for part in (*HEADING.findall(text), *ROW.findall(text)):
            found.update(_names_in(part))
    return frozenset(found)


def tables_headed(kind: str) -> Iterator[str]:
    """Yield the first cell of every row of the tables whose first column is headed by the kind."""
    for page in REFERENCE.glob("**/*.md"):
        for table in re.findall(r"(?:^\|.*\n?)+", page.read_text(), re.MULTILINE):
            head, _, *rows = ROW.findall(table)
            if head.lower() in {kind, f"{kind}s"}:
                yield from rows


@pytest.mark.parametrize("kind", KINDS)
def test_everything_there_is_stands_in_the_reference(kind):
    assert sorted(KINDS[kind]() - documented()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_everything_in_the_reference_is_there(kind):
    known = KINDS[kind]()
    unknown = [row for row in tables_headed(kind) if not known.intersection(_names_in(row))]
    assert unknown == []


def test_every_page_of_the_documentation_is_reached_from_its_index():
    index = (ROOT / "docs" / "index.md").read_text()
    folders = {page.parent.name for page in (ROOT / "docs").glob("[!_]*/*.md")}
    assert [folder for folder in sorted(folders) if f"{folder}/*" not in index] == []
