"""`manage.py personalize_consume`: process the stream as a member of Kafka's consumer group."""

import logging
import signal
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personalize.consume import consume
from personalize.logs import told
from personalize.stream.protocol import GroupStream, current_stream

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Ends by SIGTERM or SIGINT: the batch is finished, its offsets committed, the group left."""

    help = "Process the stream as a member of its consumer group, until told to stop (Kafka)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many members this process shall have."""
        parser.add_argument(
            "--threads", type=int, default=1, help="members of the group in this process (1)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the members until one of them fails or a signal comes."""
        stream = current_stream()
        if not isinstance(stream, GroupStream):
            raise CommandError(
                f"{type(stream).__name__} has no consumer groups: Celery's workers drain it. "
                "This command is for the stream on Kafka (PERSONALIZE['STREAM'])."
            )
        stopping, failed = Event(), Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        threads = [
            Thread(target=_run, args=(stream, stopping, failed), name=f"member-{number}")
            for number in range(options["threads"])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed.is_set():
            raise CommandError("A member failed; see the log. The others have left in peace.")


def _run(stream: GroupStream, stopping: Event, failed: Event) -> None:
    try:
        consume(stream, stopping=stopping)
    except Exception as error:  # noqa: BLE001 - it ends its thread, and then the command
        log.error("A member of the group failed: %s", told(error))
        failed.set()
    finally:
        stopping.set()
