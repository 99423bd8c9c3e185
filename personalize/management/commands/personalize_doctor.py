"""`manage.py personalize_doctor`: probe the live parts, and say how to mend what fails."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.measure.probes import Finding, State, examine

MARKS = {State.FINE: "✓", State.WORRYING: "!", State.BROKEN: "✗"}


class Command(BaseCommand):
    """Exits with 1 when a part is broken."""

    help = "Probe Redis, database, worker, beat, geographic data and one event's way through."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the page to fetch, the patience, and the form of the answer."""
        parser.add_argument("--url", default="", help="a path of the site to fetch, such as /")
        parser.add_argument(
            "--wait", type=float, default=10.0, help="seconds that an event may take (default 10)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings as they come, or all at once as JSON."""
        findings = []
        for finding in examine(url=options["url"], wait_seconds=options["wait"]):
            findings.append(finding)
            if not options["json"]:
                self._print(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        broken = [finding.part for finding in findings if finding.state is State.BROKEN]
        if broken:
            raise CommandError(f"Broken: {', '.join(broken)}.")

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"{MARKS[finding.state]} {finding.part}: {finding.said}")
        if finding.fix:
            self.stdout.write(f"    → {finding.fix}")
