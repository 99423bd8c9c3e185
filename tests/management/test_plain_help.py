"""The help of commands with examples or lists keeps its lines."""

import pytest

from personalize.management.commands import personalize_export, personalize_lake


@pytest.mark.parametrize("module", [personalize_export, personalize_lake])
def test_the_lines_of_the_help_stay_as_they_are(module):
    told = module.Command().create_parser("manage.py", "name").format_help()
    assert module.HELP.strip() in told
