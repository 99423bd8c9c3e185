"""How old a figure is that beat has computed, and when the next one comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from personalize.schedule import SCHEDULE


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a figure was computed, if ever, and how often it is; `age` and `next_in` as of now."""

    computed_at: datetime | None
    period: timedelta
    age: timedelta
    next_in: timedelta

    @property
    def next_minutes(self) -> int:
        """The minutes until the next one, rounded up."""
        return -(-int(self.next_in.total_seconds()) // 60)

    @property
    def is_overdue(self) -> bool:
        """Whether one turn was left out: beat or the workers are not at it."""
        return self.computed_at is not None and self.age > 2 * self.period


def freshness(computed_at: datetime | None, *, entry: str, now: datetime) -> Freshness:
    """Return how fresh a figure is that beat's entry `entry` computes (such as "flush")."""
    period = timedelta(seconds=SCHEDULE[f"personalize-{entry}"]["schedule"])
    age = max(now - computed_at, timedelta()) if computed_at else timedelta()
    return Freshness(computed_at, period, age, max(period - age, timedelta()))
