"""What a test asks the site for: a process of the site's own, which reads calls and writes results.

`{"call": "waiting", "args": {}}` a line in, `{"result": …}` or `{"error": "…"}` a line out.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections, connection, transaction  # noqa: E402

from personalize import keys, tasks  # noqa: E402
from personalize.connections import worker_redis  # noqa: E402
from personalize.events.event import decode  # noqa: E402
from personalize.lake import maintain, outbox  # noqa: E402
from personalize.lake.write import write_waiting  # noqa: E402
from personalize.measure import probes  # noqa: E402
from personalize.measure.gather import gathered  # noqa: E402
from personalize.measure.health import readiness  # noqa: E402
from personalize.models import (  # noqa: E402
    EventDefinition,
    IdentityLink,
    QuarantinedEvent,
    Segment,
    SegmentSize,
    Slot,
    Source,
    Variant,
    Visitor,
)
from personalize.privacy.erase import erase as erase_subjects  # noqa: E402
from personalize.profile import store  # noqa: E402
from personalize.stream.doorbell import accept  # noqa: E402
from personalize.stream.protocol import current_stream  # noqa: E402
from personalize.stream.redis import events_key  # noqa: E402
from personalize.stream.replay import replay as replay_rows  # noqa: E402
from tests.faults import verdict as checker  # noqa: E402
from tests.faults.expected import RULE, SEGMENT, Run  # noqa: E402

AT_ONCE = 500
_GATHERING: tuple[Callable[[int], str], ...] = (keys.dirty_key, keys.tally_key, keys.moves_key)


def make() -> None:
    """Make the tables and what editors have set: a segment, and a variant in each of two slots."""
    call_command("migrate", "--run-syncdb", verbosity=0)
    Segment.objects.create(name="Spender", slug=SEGMENT, rule=RULE)
    for key in ("first", "second"):
        slot = Slot.objects.create(key=key)
        Variant.objects.create(slot=slot, name="A", content=f"{key} A", is_live=True)
    connection.close()


def source(name: str) -> str:
    """Return the write key of a new client."""
    row = Source(name=name)
    key = row.renew_key()
    row.save()
    return key


def waiting() -> int:
    """Return how many entries wait in the stream."""
    stream = current_stream()
    return sum(stream.lag(each).entries for each in range(stream.partitions))


def settled() -> bool:
    """Move on what does not wait for a worker; True when nothing is left to be done."""
    if waiting():
        return False
    tasks.flush()
    write_waiting()
    gathering = [
        *(key_of(shard) for shard in range(keys.SHARDS) for key_of in _GATHERING),
        *(keys.partition_tally_key(each) for each in range(current_stream().partitions)),
    ]
    left = worker_redis().exists(*gathering, *(f"{name}:flushing" for name in gathering))
    return not left and not waiting() and not outbox.number_waiting()


def ready() -> dict[str, Any]:
    """Return what load balancers are told."""
    return readiness().as_json()


def counters() -> dict[str, int]:
    """Return what the processes of the site have counted."""
    return dict(gathered().counts)


def tallied(name: str) -> dict[str, int]:
    """Return what became of a source's events."""
    return dict(checker.tallied(name))


def quarantined(name: str) -> list[list[str]]:
    """Return reason, detail and the number of each event of a source in quarantine."""
    return [[row.reason, row.detail, event.event] for row, event in checker.quarantined(name)]


def lake(name: str, columns: list[str]) -> list[dict[str, Any]]:
    """Return the lake's rows of a source."""
    return checker.lake_rows(columns, name)


def profile(subject: str) -> dict[str, Any] | None:
    """Return what is known of a visitor."""
    found = store.read_profile(subject)
    if found is None:
        return None
    sessions = [[each.started_at, each.last_at] for each in found.sessions]
    return {
        "events": found.events,
        "first_seen_at": found.first_seen_at,
        "last_seen_at": found.last_seen_at,
        "sessions": sessions,
        "traits": found.traits,
        "context": found.context,
    }


def publish(letter: str) -> float:
    """Let both slots show another letter, in one change; return when it was committed."""
    with transaction.atomic():
        for variant in Variant.objects.select_related("slot"):
            variant.content = f"{variant.slot.key} {letter}"
            variant.save()
    return time.monotonic()


def write_sizes() -> None:
    """Count the segments, as beat asks every five minutes."""
    tasks.count_segments()


def touch() -> None:
    """Say that the configuration has changed."""
    store.bump_plan_version()


def garbage(partition: int, raw: str) -> None:
    """Put bytes on the stream that are no event."""
    worker_redis().xadd(events_key(partition), {"e": raw.encode("latin-1")})


def mend(raw: str) -> int:
    """Write what an unreadable row of quarantine should have been, and replay it."""
    row = QuarantinedEvent.objects.get(reason="undecodable", replayed_at=None)
    row.raw = raw.encode("latin-1")
    row.save()
    return replay_rows([row], at=datetime.now(UTC))


def put(run: list[Any], first: int, number: int) -> float:
    """Put events of a run on the stream, and return how long that took."""
    began, some = time.monotonic(), Run(*run)
    for start in range(first, first + number, AT_ONCE):
        accept([some.event(seq) for seq in range(start, min(start + AT_ONCE, first + number))])
    return time.monotonic() - began


def replay_lake(name: str) -> int:
    """Put a source's events from the lake on the stream once more."""
    events = [decode(row["body"]) for row in checker.lake_rows(["body"], name)]
    for start in range(0, len(events), AT_ONCE):
        accept(events[start : start + AT_ONCE])
    return len(events)


def erase(subject: str) -> None:
    """Erase a visitor, also from the lake."""
    erase_subjects([subject])


def left_of(subject: str, name: str) -> dict[str, int]:
    """Return what there is of a visitor, after the lake was told to forget."""
    write_waiting()
    maintain.erase_pending()
    rows = [row for row in checker.lake_rows(["subject"], name) if row["subject"] == subject]
    return {
        "profile": int(store.read_profile(subject) is not None),
        "visitors": Visitor.objects.filter(subject=subject).count(),
        "lake": len(rows),
    }


def links(name: str) -> int:
    """Return how many visitors, whose ids begin so, were linked to a user."""
    return IdentityLink.objects.filter(anonymous_id__startswith=name).count()


def sizes() -> list[list[Any]]:
    """Return each moment at which a segment was counted, and how often."""
    rows = SegmentSize.objects.values_list("segment_id", "counted_at")
    return [[segment, at.isoformat()] for segment, at in rows]


def names_known() -> int:
    """Return how many names of events the registry has."""
    return EventDefinition.objects.count()


def redis(*words: str) -> Any:
    """Say something to Redis itself."""
    reply = worker_redis().execute_command(*words)
    return reply if isinstance(reply, int | str | None) else str(reply)


def memory_of_redis() -> dict[str, int]:
    """Return how many bytes and keys Redis holds."""
    used: Any = worker_redis().info("memory")
    return {"bytes": int(used["used_memory"]), "keys": int(worker_redis().dbsize())}


def doctor() -> str:
    """Return what the doctor says of Redis."""
    return "\n".join(
        f"{each.state} {each.part}: {each.said}" for each in probes.examine(wait_seconds=0)
    )


def verdict(path: str) -> dict[str, Any]:
    """Return what is wrong with what was acknowledged."""
    return checker.verdict(path)


def _answer(line: str) -> dict[str, Any]:
    asked = json.loads(line)
    close_old_connections()
    try:
        call = globals()[asked["call"]]
        return {"result": call(*asked.get("words", ()), **asked.get("args", {}))}
    except Exception as error:  # noqa: BLE001 - the test is told
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    else:
        for request in sys.stdin:
            print(json.dumps(_answer(request)), flush=True)
