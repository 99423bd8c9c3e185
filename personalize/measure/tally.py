"""Counts by the hour, gathered in Redis along with what they count, then moved to the database.

The outcomes of events are counted by the hour in which they were received and by their source, so
that they add up: accepted = stored + duplicates + bots + quarantined + blocked + erased + forwarded
+ in flight. What the system tells itself counts nowhere in them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from personalize.conf import settings
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.keys import (
    ACCEPTED,
    SHARDS,
    counted_key,
    partition_tally_key,
    tally_field,
    tally_key,
)
from personalize.measure.showings import note_showings
from personalize.metrics import count
from personalize.models.event_definition import EventDefinition
from personalize.models.quarantine import DISCARDED, REPLAYED
from personalize.models.tally import AT_ONCE, EPOCH, FLUSH, Tally
from personalize.profile.flush import set_aside
from personalize.rules.windows import HOUR
from personalize.stream.protocol import StreamUnavailable, current_stream

EVENTS = "events"  # accepted events of people, by name
EXPOSURES = "exposures"  # what this site tells itself of variants shown, by name
NAMED = frozenset({EVENTS, EXPOSURES})  # whose keys are names of events
NEW_VISITORS = "new_visitors"
ENTERED = "entered"  # by segment
EXITED = "exited"  # by segment

STORED = "stored"
DUPLICATES = "duplicates"
BOTS = "bots"
QUARANTINED = "quarantined"
BLOCKED = "blocked"  # of a name that an editor has blocked
ERASED = "erased"  # of somebody whose data were erased
FORWARDED = "forwarded"  # late events of a visitor who became a user: accepted again as theirs
KEPT = "kept"  # of the stored and of bots': on its way to the lake, or there
REMOVED = "removed"  # from the lake again: by an erasure, or because it was old
CLEANED = "cleaned:"  # before the name of a step: events that it changed
OF_QUARANTINE = (REPLAYED, DISCARDED)  # what became of the quarantined
OUTCOMES = (STORED, DUPLICATES, BOTS, QUARANTINED, BLOCKED, ERASED, FORWARDED)
TOLD = frozenset({ACCEPTED, *OUTCOMES})  # to monitors, by source

MOST_UNKNOWN_NAMES = 1_000
OTHER = "(other)"  # the key of all names for which the registry has no room

# KEYS: positions counted, tally. ARGV: oldest position that may still come back, then field and
# position, in turns. What is counted under two fields has them joined by a line's end.
_COUNT_ONCE = """
redis.call('ZREMRANGEBYLEX', KEYS[1], '-', '(' .. ARGV[1])
for i = 2, #ARGV, 2 do
  if redis.call('ZADD', KEYS[1], 'NX', 0, ARGV[i + 1]) == 1 then
    for field in string.gmatch(ARGV[i], '[^%c]+') do redis.call('HINCRBY', KEYS[2], field, 1) end
  end
end
"""

Counted = dict[tuple[datetime, str, str], int]


def outcome_field(metric: str, event: Event) -> str:
    """Return the name under which Redis counts an outcome of the event."""
    return tally_field(metric, at=event.received_at, key=event.source)


def count_once(partition: int, counted: Sequence[tuple[str, str]], *, oldest: str = "") -> None:
    """Count what comes to nothing, each as (field, position): once, however often it is read."""
    if counted:
        arguments = [item for pair in counted for item in pair]
        names = (counted_key(partition), partition_tally_key(partition))
        worker_redis().eval(_COUNT_ONCE, 2, *names, oldest, *arguments)


def counted_before(partition: int) -> frozenset[str]:
    """Return the positions at which something was counted that may come back after a crash."""
    positions: Any = worker_redis().zrange(counted_key(partition), 0, -1)
    return frozenset(position.decode() for position in positions)


def flush_tally() -> int:
    """Add what has gathered to the database, once whatever dies when; return how many counts.

    What is set aside carries a number, and the database notes it in the same transaction: counts
    that were added before Redis could forget them are not added again.
    """
    return sum(_flush_key(key) for key in tally_keys())


def tally_keys() -> Iterator[str]:
    """Yield the keys under which Redis counts: those of outcomes, then those of the accepted."""
    yield from (tally_key(shard) for shard in range(SHARDS))
    yield from (partition_tally_key(number) for number in range(_partitions()))


def _partitions() -> int:
    """Return how many partitions may have counts; a stream may have more than the setting says."""
    try:
        return max(settings().PARTITIONS, current_stream().partitions)
    except StreamUnavailable:  # what the others have counted is added the next time
        return settings().PARTITIONS


def _flush_key(key: str) -> int:
    client = worker_redis()
    aside = set_aside(key)
    gathered: Any = client.hgetall(aside)
    if not gathered:
        return 0
    number = gathered.pop(b"sequence", None)
    if number is None:
        number = _numbered(key, aside)
    counts = {parsed(name.decode()): int(count) for name, count in gathered.items()}
    with transaction.atomic():
        if is_next := _is_next(key, int(number)):
            Tally.objects.add(_note_events(note_showings(counts)))
    client.delete(aside)
    if is_next:
        _tell_monitors(counts)
    return len(counts)


def _tell_monitors(counts: Counted) -> None:
    for (_, metric, source), number in counts.items():
        if metric in TOLD:
            count(f"tally.{metric}", number, label=source)


def _numbered(key: str, aside: str) -> int:
    """Number what is set aside: above every number that the database has noted."""
    client = worker_redis()
    noted = Tally.objects.filter(hour=EPOCH, metric=FLUSH, key=key)
    last = noted.values_list("count", flat=True).first() or 0
    number = max(int(client.incr(f"{key}:sequence")), last + 1)
    client.set(f"{key}:sequence", number)
    client.hsetnx(aside, "sequence", number)
    kept: Any = client.hget(aside, "sequence")
    return int(kept)


def _is_next(key: str, number: int) -> bool:
    row, _ = Tally.objects.select_for_update().get_or_create(hour=EPOCH, metric=FLUSH, key=key)
    if row.count >= number:
        return False
    row.count = number
    row.save(update_fields=["count"])
    return True


def parsed(name: str) -> tuple[datetime, str, str]:
    """Return the hour, the metric and the key of the name under which Redis counts."""
    hour, metric, key = name.split("|", 2)
    return datetime.fromtimestamp(int(hour) * HOUR // 1_000, UTC), metric, key


def _note_events(counts: Counted) -> Counted:
    """Keep the registry's volumes and return the counts, those of names without a row as one.

    Names not seen before wait there for adoption, up to a limit.
    """
    seen: dict[str, datetime] = {}
    first: dict[str, datetime] = {}
    volumes: Counter[str] = Counter()
    for (hour, metric, name), number in counts.items():
        if metric in NAMED:
            volumes[name] += number
            first[name] = min(hour, first.get(name, hour))
            seen[name] = max(hour, seen.get(name, hour))
    registry = _registry(first)
    touched = [row for name, row in registry.items() if name in volumes]
    for row in touched:
        row.volume += volumes[row.name]
        row.first_seen_at = min(row.first_seen_at or first[row.name], first[row.name])
        row.last_seen_at = max(row.last_seen_at or seen[row.name], seen[row.name])
    fields = ["volume", "first_seen_at", "last_seen_at"]
    EventDefinition.objects.bulk_update(touched, fields, batch_size=AT_ONCE)
    kept: Counter[tuple[datetime, str, str]] = Counter()
    for (hour, metric, name), number in counts.items():
        is_kept = metric not in NAMED or name in registry
        kept[hour, metric, name if is_kept else OTHER] += number
    return kept


def _registry(first: Mapping[str, datetime]) -> dict[str, EventDefinition]:
    """Return the rows by name, with new ones for names not seen before while there is room."""
    registry = EventDefinition.objects.in_bulk(field_name="name")
    unknown = EventDefinition.Status.UNKNOWN
    room = MOST_UNKNOWN_NAMES - sum(row.status == unknown for row in registry.values())
    unknown_names = sorted(first.keys() - registry.keys())
    strangers = unknown_names[: max(0, room)]
    if len(strangers) < len(unknown_names):
        count("tally.names_full")
    if strangers:
        EventDefinition.objects.bulk_create(
            [EventDefinition(name=name, first_seen_at=first[name]) for name in strangers],
            ignore_conflicts=True,
        )
        registry |= EventDefinition.objects.in_bulk(strangers, field_name="name")
    return registry
