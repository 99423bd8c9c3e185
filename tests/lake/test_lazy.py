"""No page pays for the lake: what answers requests loads neither Delta Lake nor DuckDB."""

import subprocess
import sys

PROGRAM = """
import django, sys
django.setup()
from django.urls import get_resolver
import cms_project.wsgi, personalize.middleware, personalize.templatetags.personalize
get_resolver().url_patterns
import personalize.views.collect, personalize.views.me, personalize.privacy.erase
heavy = {"deltalake", "pyarrow", "duckdb", "ibis", "pandas"}
print(sorted(heavy & set(sys.modules)))
"""


def test_a_web_process_starts_without_the_lake():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
