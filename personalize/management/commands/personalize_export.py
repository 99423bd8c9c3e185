"""`manage.py personalize_export`: the lake as tables that the tools of analysts open."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from deltalake.exceptions import DeltaError
from django.core.management.base import CommandError

from personalize.lake.export import FIRST_DAY, LAST_DAY, export
from personalize.lake.table import NoLake
from personalize.management.plain_help import PlainHelpCommand

HELP = """Write five tables for Tableau, Power BI and the like: events, sessions, visitors,
memberships and exposures, one file each. docs/reference/export.md has their columns.

  manage.py personalize_export --to export --format parquet
  manage.py personalize_export --to s3://bucket/export --from 2026-01-01 --until 2026-01-31

The files hold personal data: visitors' ids, and what events say. Erasures do not reach them, so
make them anew rather than keep them. Texts in CSV that a spreadsheet would take for a formula have
a ' before them.
"""


class Command(PlainHelpCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to, as what, and of which days."""
        parser.add_argument(
            "--to", required=True, help="a folder, or s3://bucket/folder (with LAKE_OPTIONS)"
        )
        parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
        parser.add_argument(
            "--from", dest="first", default=FIRST_DAY, type=_day, help="first day, YYYY-MM-DD, UTC"
        )
        parser.add_argument(
            "--until", dest="last", default=LAST_DAY, type=_day, help="last day, included"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the tables, and say so one by one."""
        first, last = options["first"], options["last"]
        if last < first:
            raise CommandError(f"--until: expected {first} or later, got {last}.")
        tables = export(
            options["to"], file_format=options["format"], first_day=first, last_day=last
        )
        try:
            for done in tables:
                self.stdout.write(f"{done.table}: {done.rows} rows")
        except NoLake as error:
            raise CommandError(str(error)) from error
        except (DeltaError, OSError) as error:
            raise CommandError(f"Could not export to {options['to']}: {error}") from error


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"Expected a day such as 2026-01-31, got {text!r}.") from None
    return min(max(day, FIRST_DAY), LAST_DAY)
