"""Counts by the hour, gathered in Redis along with what they count, then moved to the database."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from personalize.connections import worker_redis
from personalize.models.event_definition import EventDefinition
from personalize.models.tally import Tally
from personalize.profile.flush import set_aside
from personalize.profile.store import TALLY_KEY
from personalize.profile.windows import HOUR

EVENTS = "events"  # accepted events of people, by name
BOTS = "bots"
DUPLICATES = "duplicates"
QUARANTINED = "quarantined"
NEW_VISITORS = "new_visitors"
ENTERED = "entered"  # by segment
EXITED = "exited"  # by segment

MOST_UNKNOWN_NAMES = 1_000
LONGEST_KEY = 128
_FLUSH = "flush"  # the row whose count is the number of the last flush
_EPOCH = datetime.fromtimestamp(0, UTC)
_SEQUENCE_KEY = f"{TALLY_KEY}:sequence"

Counts = dict[tuple[datetime, str, str], int]


def tally_field(metric: str, *, at: int, key: str = "") -> str:
    """Return the name under which Redis counts a metric in the hour of `at` (milliseconds)."""
    return f"{at // HOUR}|{metric}|{key[:LONGEST_KEY]}"


def add(counts: Mapping[str, int]) -> None:
    """Count at once what no profile's write carries along."""
    pipeline = worker_redis().pipeline(transaction=False)
    for name, number in counts.items():
        pipeline.hincrby(TALLY_KEY, name, number)
    pipeline.execute()


def flush_tally() -> int:
    """Add what has gathered to the database, once whatever dies when; return how many counts.

    What is set aside carries a number, and the database notes it in the same transaction: counts
    that were added before Redis could forget them are not added again.
    """
    client = worker_redis()
    aside = set_aside(TALLY_KEY)
    gathered: Any = client.hgetall(aside)
    if not gathered:
        return 0
    number = gathered.pop(b"sequence", None)
    if number is None:
        number = _numbered(aside)
    counts = {_parsed(name.decode()): int(count) for name, count in gathered.items()}
    with transaction.atomic():
        if _is_next(int(number)):
            _add_rows(counts)
            _note_events(counts)
    client.delete(aside)
    return len(counts)


def _numbered(aside: str) -> int:
    """Number what is set aside: above every number that the database has noted."""
    client = worker_redis()
    noted = Tally.objects.filter(hour=_EPOCH, metric=_FLUSH).values_list("count", flat=True).first()
    number = max(int(client.incr(_SEQUENCE_KEY)), (noted or 0) + 1)
    client.set(_SEQUENCE_KEY, number)
    client.hsetnx(aside, "sequence", number)
    kept: Any = client.hget(aside, "sequence")
    return int(kept)


def _is_next(number: int) -> bool:
    row, _ = Tally.objects.select_for_update().get_or_create(hour=_EPOCH, metric=_FLUSH, key="")
    if row.count >= number:
        return False
    row.count = number
    row.save(update_fields=["count"])
    return True


def _parsed(name: str) -> tuple[datetime, str, str]:
    hour, metric, key = name.split("|", 2)
    return datetime.fromtimestamp(int(hour) * HOUR // 1_000, UTC), metric, key


def _add_rows(counts: Counts) -> None:
    rows = [Tally(hour=hour, metric=metric, key=key) for hour, metric, key in counts]
    Tally.objects.bulk_create(rows, ignore_conflicts=True)
    for (hour, metric, key), number in counts.items():
        row = Tally.objects.filter(hour=hour, metric=metric, key=key)
        row.update(count=F("count") + number)


def _note_events(counts: Counts) -> None:
    """Keep the registry's volumes; names not seen before wait there for adoption, up to a limit."""
    volumes: Counter[str] = Counter()
    seen: dict[str, datetime] = {}
    for (hour, metric, name), number in counts.items():
        if metric == EVENTS:
            volumes[name] += number
            seen[name] = max(hour, seen.get(name, hour))
    _add_unknown(volumes, seen)
    for row in EventDefinition.objects.filter(name__in=list(volumes)):
        row.volume += volumes[row.name]
        row.first_seen_at = min(row.first_seen_at or seen[row.name], seen[row.name])
        row.last_seen_at = max(row.last_seen_at or seen[row.name], seen[row.name])
        row.save(update_fields=["volume", "first_seen_at", "last_seen_at"])


def _add_unknown(names: Iterable[str], seen: Mapping[str, datetime]) -> None:
    names = list(names)
    known = set(EventDefinition.objects.filter(name__in=names).values_list("name", flat=True))
    unknown = EventDefinition.Status.UNKNOWN
    room = MOST_UNKNOWN_NAMES - EventDefinition.objects.filter(status=unknown).count()
    strangers = sorted(set(names) - known)[: max(0, room)]
    EventDefinition.objects.bulk_create(
        [EventDefinition(name=name, first_seen_at=seen[name]) for name in strangers],
        ignore_conflicts=True,
    )
