"""`manage.py personalize_export`: the lake as tables that the tools of analysts open."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from deltalake.exceptions import DeltaError
from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder

from personalize.lake.export import FIRST_DAY, LAST_DAY, export
from personalize.lake.table import NoLake
from personalize.management.plain_help import PlainHelpCommand
from personalize.privacy.portable import portable

HELP = """Write five tables for Tableau, Power BI and the like: events, sessions, visitors,
memberships and exposures, one file each. docs/reference/export.md has their columns.

  manage.py personalize_export --to export --format parquet
  manage.py personalize_export --to s3://bucket/export --from 2026-01-01 --until 2026-01-31

  manage.py personalize_export --subject u:7 --to person.json

With --subject it is one JSON file instead: all that the site has of a person, for whom they ask.

The files hold personal data: visitors' ids, and what events say. Erasures do not reach them, so
make them anew rather than keep them. Texts in CSV that a spreadsheet would take for a formula have
a ' before them.
"""


class Command(PlainHelpCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to, as what, and of whom or which days."""
        parser.add_argument(
            "--to", required=True, help="a folder, or s3://bucket/folder (with LAKE_OPTIONS)"
        )
        parser.add_argument(
            "--subject",
            dest="subjects",
            action="append",
            default=[],
            type=_subject,
            help="u:<user id> or a:<visitor id>, also several times: theirs alone, of all days",
        )
        parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
        parser.add_argument(
            "--from", dest="first", default=FIRST_DAY, type=_day, help="first day, YYYY-MM-DD, UTC"
        )
        parser.add_argument(
            "--until", dest="last", default=LAST_DAY, type=_day, help="last day, included"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the tables, and say so one by one; or what there is of a person."""
        try:
            if options["subjects"]:
                self._write_person(options["subjects"], Path(options["to"]))
            else:
                self._write_tables(options)
        except NoLake as error:
            raise CommandError(str(error)) from error
        except (DeltaError, OSError) as error:
            raise CommandError(f"Could not export to {options['to']}: {error}") from error

    def _write_person(self, subjects: list[str], to: Path) -> None:
        found = portable(subjects)
        to.touch(mode=0o600)
        to.write_text(json.dumps(found, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
        self.stdout.write(f"{len(found['events'])} events of {', '.join(found['subjects'])}")

    def _write_tables(self, options: dict[str, Any]) -> None:
        first, last = options["first"], options["last"]
        if last < first:
            raise CommandError(f"--until: expected {first} or later, got {last}.")
        tables = export(
            options["to"], file_format=options["format"], first_day=first, last_day=last
        )
        for done in tables:
            self.stdout.write(f"{done.table}: {done.rows} rows")


def _subject(text: str) -> str:
    if text[:2] not in {"u:", "a:"} or not text[2:]:
        raise CommandError(f"--subject: expected u:<user id> or a:<visitor id>, got {text!r}.")
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"Expected a day such as 2026-01-31, got {text!r}.") from None
    return min(max(day, FIRST_DAY), LAST_DAY)
