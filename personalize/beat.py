"""Beat's schedule in the database, kept also by a beat that starts while the database cannot."""

import logging
import time

from django.db import DatabaseError, InterfaceError, connection
from django_celery_beat.models import PeriodicTasks
from django_celery_beat.schedulers import DatabaseScheduler

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it ships no types
    """Waits at its start for a database that takes the schedule.

    While one only reads, as in a fail-over, the entries would be left out until beat's next start.
    """

    def setup_schedule(self) -> None:
        """Read the schedule, and add what of it is new."""
        while not _takes_changes():
            time.sleep(PAUSE_SECONDS)
        super().setup_schedule()


def _takes_changes() -> bool:
    try:
        PeriodicTasks.update_changed()
    except (DatabaseError, InterfaceError) as error:
        log.warning("Beat waits for the database: %s", type(error).__name__)
        connection.close()  # it may stand, and only read for ever
        return False
    return True
