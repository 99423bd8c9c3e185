"""Fill the reference site: content, segments, variants, and a month of simulated visitors."""

from argparse import ArgumentParser
from typing import Any

from cms.models import Page
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms_project.demo.audiences import adopt_events, load_segments, load_variants
from cms_project.demo.catalogue import load_catalogue
from cms_project.demo.crowd import simulate
from cms_project.demo.pages import load_pages
from cms_project.demo.people import load_people
from cms_project.demo.sending import send
from cms_project.demo.settling import settle
from personalize.models import Source

SOURCE = "simulation"


class Command(BaseCommand):
    """Idempotent: what is there already stays as it is, and the visitors come once."""

    help = "Fill the reference site with content and a month of simulated visitors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare how many visitors, with which password, and when to do nothing."""
        parser.add_argument("--visitors", type=int, default=300, help="How many to simulate (300).")
        parser.add_argument("--password", default="", help="The password of the demo's users.")
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if there are pages."
        )

    def handle(self, *, visitors: int, password: str, if_empty: bool, **options: Any) -> None:
        """Load everything, and say how much."""
        is_filled = Page.objects.exists() and not self._unfinished()
        if if_empty and is_filled:
            self.stdout.write("The site has its content already.")
            return
        if not password and not settings.DEBUG and settings.SECURE:
            raise CommandError("Give a --password: this site is in production.")
        self._say(load_people(password=password or "alder-demo"))
        self._say(load_catalogue())
        self._say({**load_segments(), **load_variants(), **adopt_events()})
        self._say(load_pages(author=User.objects.get(username="editor")))
        self._simulate(visitors)

    def _unfinished(self) -> bool:
        return Source.objects.filter(name=SOURCE, is_active=True).exists()

    def _simulate(self, visitors: int) -> None:
        source, is_new = Source.objects.get_or_create(name=SOURCE)
        if not is_new and not source.is_active:
            self.stdout.write("  The simulated visitors have been here already.")
            return
        write_key = source.renew_key()
        source.save()
        messages = simulate(visitors, now=timezone.now())
        sent = send(messages, write_key=write_key, progress=self._progress(len(messages)))
        unique = len({message["messageId"] for message in messages})
        self._say(
            {
                "visitors": visitors,
                "events sent": sent.accepted,
                "of them duplicates": len(messages) - unique,
            }
        )
        self._say(settle())
        source.is_active = False  # its key was for this once
        source.save()

    def _progress(self, total: int) -> Any:
        def show(done: int) -> None:
            if done % 2_000 == 0:
                self.stdout.write(f"  {done:,} of {total:,} events sent …")

        return show

    def _say(self, counts: dict[str, int]) -> None:
        parts = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self.stdout.write(f"  {parts}")
