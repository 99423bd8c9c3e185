"""`manage.py personalize_backfill`: count traits from before they were, out of the lake."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.history.backfill import backfill, pending_keys
from personalize.history.job import Busy
from personalize.lake.table import NoLake
from personalize.profile.live_traits import live_behaviours


class Command(BaseCommand):
    """Exits with 1 when there is no lake, no such trait, or another such job at work."""

    help = "Count computed traits from the lake's first event on; new ones, where none is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which traits."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--trait", metavar="KEY", action="append", help="this one; repeatable")
        which.add_argument("--all", action="store_true", help="every live computed trait")

    def handle(self, *args: Any, **options: Any) -> None:
        """Backfill, and say how many profiles changed."""
        live = live_behaviours()
        unknown = [key for key in options["trait"] or () if key not in live]
        if unknown:
            raise CommandError(f"No live computed trait has the key {', '.join(unknown)}.")
        try:
            keys = sorted(live) if options["all"] else options["trait"] or pending_keys()
            settled = backfill(keys) if keys else None
        except (NoLake, Busy) as error:
            raise CommandError(str(error)) from error
        if settled is None:
            self.stdout.write("No trait is new.")
            return
        self.stdout.write(
            f"{len(keys)} traits: {settled.adopted['counted']} of {settled.subjects} profiles "
            "changed."
        )
        if settled.unmatched:
            self.stdout.write(f"{settled.unmatched} users: a log-in of theirs is still on its way.")
