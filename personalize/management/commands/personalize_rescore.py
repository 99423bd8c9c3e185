"""`manage.py personalize_rescore`: judge all events anew, after the list of bots has changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.history.job import Busy
from personalize.history.rescore import rescore
from personalize.lake.table import NoLake


class Command(BaseCommand):
    """Says how many events changed sides, and how many profiles were made anew for it."""

    help = "Judge the lake's events anew, and make the profiles of those that changed anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to change anything."""
        parser.add_argument("--dry-run", action="store_true", help="only count; change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rescore, or count what would change."""
        try:
            done = rescore(is_trial=options["dry_run"])
        except (NoLake, Busy) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.rows} events judged: {done.now_bots} are bots' now, {done.now_people} are "
            f"people's now, {done.reworded} have other reasons."
        )
        if done.without_agent:
            self.stdout.write(
                f"{done.without_agent} of them came without a user agent, or the lake has not kept "
                "it: what today's list of crawlers says of them nobody can tell."
            )
        self.stdout.write(f"{len(done.subjects)} subjects are concerned.")
        if done.rebuilt:
            self.stdout.write(f"{done.rebuilt.counts['different']} profiles were made anew.")
            if older := done.rebuilt.counts["older"]:
                self.stdout.write(f"{older} profiles know of more events than the lake, and stay.")
