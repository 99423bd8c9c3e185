"""`manage.py personalize_lake`: look at the lake, and do by hand what beat does by itself."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from deltalake.exceptions import DeltaError
from django.core.management.base import CommandError

from personalize.lake import maintain
from personalize.lake.table import NoLake
from personalize.management.plain_help import PlainHelpCommand

HELP = """Look after the lake.

  status     what is in it, and what waits
  compact    join the small files of each day
  vacuum     remove files that left the table more than --hours ago, and what killed writers left
  retention  delete events older than LAKE_RETENTION_DAYS; their files go with a later vacuum

Beat does all of it (personalize.tasks.maintain_lake): days of many files and erasures within a
minute, the rest once a day. By hand it is for when beat stood still, or to see.
"""


class Command(PlainHelpCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("action", choices=("status", "compact", "vacuum", "retention"))
        parser.add_argument(
            "--hours",
            type=int,
            default=maintain.VACUUM_HOURS,
            help="for vacuum: how long files stay for who reads or goes back (default 24)",
        )
        parser.add_argument("--json", action="store_true", help="for status: print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        try:
            said = getattr(self, f"_{options['action']}")(options)
        except NoLake as error:
            raise CommandError(str(error)) from error
        except (DeltaError, OSError) as error:
            raise CommandError(f"The lake did not take it: {error}") from error
        self.stdout.write(said)

    def _status(self, options: dict[str, Any]) -> str:
        status = maintain.status().as_json()
        if options["json"]:
            return json.dumps(status, indent=2)
        return "\n".join(f"{name.replace('_', ' '):<18}{value}" for name, value in status.items())

    def _compact(self, options: dict[str, Any]) -> str:
        return f"Joined the small files of {maintain.compact()} days."

    def _vacuum(self, options: dict[str, Any]) -> str:
        hours = options["hours"]
        if hours < 0:
            raise CommandError("--hours: expected 0 or more.")
        files = maintain.vacuum(hours=hours)
        # An unfinished commit has files that no table knows; they are hours old only when it died.
        orphans = maintain.remove_orphans(hours=max(hours, maintain.ORPHAN_HOURS))
        if files is None:
            return f"Removed {orphans} files; others stay, as somebody reads whole files."
        return f"Removed {files + orphans} files."

    def _retention(self, options: dict[str, Any]) -> str:
        return f"Deleted {maintain.forget_old(today=datetime.now(UTC).date())} events."
