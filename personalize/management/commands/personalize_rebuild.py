"""`manage.py personalize_rebuild`: make every profile anew of the lake; those of before serve."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.history.job import Busy
from personalize.history.rebuild import Rebuilt, rebuild
from personalize.history.verify import Difference
from personalize.lake.table import NoLake

SAID = {
    "same": "are as the lake has them",
    "different": "differ",
    "lost": "are not in Redis",
    "expired": "have expired",
    "older": "know of more events than the lake, and stay",
}
LONGEST = 120


class Command(BaseCommand):
    """With --verify it exits with 1 when a profile differs or is lost."""

    help = "Make every profile anew of the events in the lake, while the profiles of before serve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to change anything, and what to print."""
        parser.add_argument("--verify", action="store_true", help="compare, print, change nothing")
        parser.add_argument("--dry-run", action="store_true", help="only count; change nothing")
        parser.add_argument(
            "--older", action="store_true", help="also profiles that know more than the lake does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild or compare, and say what was found."""
        is_trial = options["verify"] or options["dry_run"]
        report = self._print if options["verify"] else _say_nothing
        try:
            done = rebuild(report=report, is_trial=is_trial, with_older=options["older"])
        except (NoLake, Busy) as error:
            raise CommandError(str(error)) from error
        self._sum_up(done)
        wrong = done.counts["different"] + done.counts["lost"]
        if options["verify"] and wrong:
            raise CommandError(f"{wrong} profiles are not what the lake has.")

    def _print(self, subject: str, found: Sequence[Difference]) -> None:
        for each in found:
            live, made = (str(side)[:LONGEST] for side in (each.live, each.made))
            self.stdout.write(f"{subject} {each.name}: serves {live}; of the lake {made}")

    def _sum_up(self, done: Rebuilt) -> None:
        self.stdout.write(f"{done.rows} events read.")
        for reason, words in SAID.items():
            if done.counts[reason]:
                self.stdout.write(f"{done.counts[reason]} profiles {words}.")
        if done.missing:
            self.stdout.write(f"{done.missing} hand-overs: the lake holds nothing of the visitor.")
        if done.unmatched:
            self.stdout.write(f"{done.unmatched} users: a log-in of theirs is still on its way.")


def _say_nothing(subject: str, found: Sequence[Difference]) -> None:
    """Keep to the sums."""
