"""The audit: does everything add up, and is anything out of the ordinary."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from personalize import metrics
from personalize.conf import settings
from personalize.measure.anomalies import Anomaly, volume_anomalies
from personalize.measure.law import Law, conservation
from personalize.models.quality import DataQualityReport

if TYPE_CHECKING:
    from personalize.measure.drift import Drift

DAYS_TOLD = 7
MOST_FINDINGS = 200  # of one kind, in a report that is kept


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found about the events received from the first day to the last (UTC)."""

    first: date
    last: date
    law: Law
    anomalies: list[Anomaly] = field(default_factory=list)
    drift: "list[Drift]" = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything adds up; what is out of the ordinary is for people to judge."""
        return self.law.holds

    def as_json(self) -> dict[str, Any]:
        """Return the findings as plain values."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "holds": self.holds,
            "faults": self.law.faults,
            "in_stream": self.law.lag,
            "lines": [line.as_json() for line in self.law.lines],
            "anomalies": [each.as_json() for each in self.anomalies[:MOST_FINDINGS]],
            "drift": [each.as_json() for each in self.drift[:MOST_FINDINGS]],
        }


def audit(*, first: date, last: date, source: str = "", now: datetime) -> Audit:
    """Look at the events received from the first day to the last; of one source, if it is given.

    Anomalies are those of each day, drift is that of the last. Raises what Redis, the database or
    the storage of the lake raise.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    anomalies = [each for day in days for each in volume_anomalies(day, now=now)]
    if source:
        anomalies = [each for each in anomalies if (each.of, each.key) == ("source", source)]
    law = conservation(first=first, last=last, source=source)
    return Audit(first, last, law, anomalies, [] if source else _drift(last))


def report_day(day: date, *, now: datetime) -> DataQualityReport:
    """Audit one day and keep what was found; what does not add up is counted as an incident."""
    found = audit(first=day, last=day, now=now)
    if not found.holds:
        metrics.count("audit.broken")
    report, _ = DataQualityReport.objects.update_or_create(
        day=day, defaults={"is_ok": found.holds, "findings": found.as_json()}
    )
    return report


def report_yesterday(*, now: datetime, is_asked: bool = False) -> bool:
    """Report the day that has ended; return whether all was well. What was well is not done again.

    Asked every hour, so that what was mended is known to be well within an hour.
    """
    day = now.astimezone(UTC).date() - timedelta(days=1)
    is_done = DataQualityReport.objects.filter(day=day, is_ok=True).exists()
    return (is_done and not is_asked) or report_day(day, now=now).is_ok


def broken(*, now: datetime) -> list[DataQualityReport]:
    """Return the reports of the last week that say that something does not add up."""
    since = now.astimezone(UTC).date() - timedelta(days=DAYS_TOLD)
    return list(DataQualityReport.objects.filter(is_ok=False, day__gte=since))


def _drift(day: date) -> "list[Drift]":
    if not settings().LAKE_URL:
        return []
    from personalize.measure.drift import drift  # noqa: PLC0415  # slow to import

    return drift(day)
