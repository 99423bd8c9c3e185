"""Each table of an export stands in the reference, with every column, and nothing else does."""

import re
from pathlib import Path

from personalize.lake.star import TABLES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "export.md"


def test_the_reference_names_the_tables():
    assert re.findall(r"^## `(\w+)`$", REFERENCE.read_text(), re.MULTILINE) == list(TABLES)
