"""`manage.py personalize_roles`: make the groups Editor, Analyst, Marketer and so on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from personalize.roles import make_roles


class Command(BaseCommand):
    help = "Make a group for each role. Groups that are there are the site's own, and left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to complete groups that are there."""
        parser.add_argument(
            "--complete",
            action="store_true",
            help="give groups that are there what they lack of their role; take nothing away",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the groups, and say what each was given."""
        for role, number in make_roles(with_missing=options["complete"]).items():
            given = "left alone" if number is None else f"{number} permissions given"
            self.stdout.write(f"{role}: {given}")
