"""`manage.py personalize_quarantine`: list, show, replay or discard what could not be processed."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.models.quarantine import QuarantinedEvent
from personalize.privacy.mask import masked_text
from personalize.privacy.text import as_text
from personalize.stream.protocol import StreamUnavailable
from personalize.stream.replay import replay

ACTIONS = ("list", "show", "replay", "discard")
AT_ONCE = 500


class Command(BaseCommand):
    """What it shows is masked; the admin shows the rest to those who may see it."""

    help = "List, show, replay or discard what could not be processed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and with which."""
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("ids", nargs="*", type=int, help="of these alone")
        parser.add_argument("--reason", default="")
        parser.add_argument("--source", default="")
        parser.add_argument("--since", type=_moment, help="received since (2026-11-20T08:00, UTC)")
        parser.add_argument("--limit", type=int, default=1_000, help="at most so many (1000)")
        parser.add_argument("--dry-run", action="store_true", help="say how many, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it to the waiting ones that are chosen, the oldest first."""
        chosen = QuarantinedEvent.objects.waiting().chosen(
            reason=options["reason"], source=options["source"], since=options["since"]
        )
        if options["ids"]:
            chosen = chosen.filter(pk__in=options["ids"])
        pks = list(chosen.order_by("pk").values_list("pk", flat=True)[: options["limit"]])
        if options["action"] in ("list", "show"):
            self._tell(pks, is_whole=options["action"] == "show")
        elif options["dry_run"]:
            self.stdout.write(f"{len(pks)} events: nothing is done in a dry run.")
        elif options["action"] == "replay":
            self._replay(pks)
        else:
            number = QuarantinedEvent.objects.filter(pk__in=pks).discard()
            self.stdout.write(f"{number} events discarded.")

    def _tell(self, pks: list[int], *, is_whole: bool) -> None:
        for row in QuarantinedEvent.objects.filter(pk__in=pks).order_by("pk").iterator():
            received = f"{row.received_at:%Y-%m-%d %H:%M:%S}" if row.received_at else "–"
            named = [str(row.pk), received, row.source or "–", row.reason, row.path or "–"]
            self.stdout.write("  ".join([*named, masked_text(row.detail.split("\n")[0])]))
            if is_whole:
                self.stdout.write(as_text(bytes(row.raw)))
        self.stdout.write(f"{len(pks)} events.")

    def _replay(self, pks: list[int]) -> None:
        sent = 0
        for start in range(0, len(pks), AT_ONCE):
            some = QuarantinedEvent.objects.filter(pk__in=pks[start : start + AT_ONCE])
            try:
                sent += replay(some.order_by("pk"), at=datetime.now(UTC))
            except StreamUnavailable as error:
                raise CommandError(f"The stream does not answer; {sent} were replayed.") from error
        self.stdout.write(f"{sent} events replayed.")
        if sent < len(pks):
            self.stdout.write(f"{len(pks) - sent} cannot be read, and stay as they are.")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
