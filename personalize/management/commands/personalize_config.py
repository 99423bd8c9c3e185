"""`manage.py personalize_config`: the configuration as JSON, out of one site and into another."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.configuration.load import Difference, InvalidConfiguration, load
from personalize.configuration.sections import exported

LONGEST = 100


class Command(BaseCommand):
    """Exits with 1 when the document has faults; then nothing has changed."""

    help = "Write segments, slots, variants and so on as JSON, or load what another site wrote."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and with which file."""
        commands = parser.add_subparsers(dest="action", required=True)
        out = commands.add_parser("export", help="write the configuration")
        out.add_argument("file", nargs="?", default="-", help="a file; without one, to the console")
        back = commands.add_parser("import", help="load a configuration: all of it or nothing")
        back.add_argument("file", help="a file that export has written, or - for the input")
        back.add_argument("--dry-run", action="store_true", help="show what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export or import."""
        if options["action"] == "export":
            self._write(options["file"])
        else:
            self._load(options["file"], is_trial=options["dry_run"])

    def _write(self, file: str) -> None:
        text = json.dumps(exported(), indent=2, ensure_ascii=False)
        if file == "-":
            self.stdout.write(text)
        else:
            Path(file).write_text(f"{text}\n", encoding="utf-8")

    def _load(self, file: str, *, is_trial: bool) -> None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            differences = load(json.loads(text), is_trial=is_trial)
        except (OSError, ValueError, RecursionError) as error:
            faults = error.faults if isinstance(error, InvalidConfiguration) else (str(error),)
            raise CommandError("\n".join(faults)) from error
        for each in differences:
            self._print(each)
        would = "would change" if is_trial else "changed"
        self.stdout.write(f"{len(differences)} rows {would}." if differences else "No difference.")

    def _print(self, difference: Difference) -> None:
        verb = "new" if difference.is_new else "changed"
        self.stdout.write(f"{difference.section} {difference.key}: {verb}")
        for name, before, after in difference.fields:
            shown = [json.dumps(each, ensure_ascii=False)[:LONGEST] for each in (before, after)]
            line = shown[1] if difference.is_new else " → ".join(shown)
            self.stdout.write(f"  {name}: {line}")
