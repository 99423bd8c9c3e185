"""How often each slot showed what: the share of its views that a variant is served to."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from threading import Lock

from django.db.models import Sum
from redis.exceptions import RedisError

from personalize.connections import collect_redis
from personalize.decide.decision import Decision, Reason
from personalize.keys import shard_of, tally_field, tally_key
from personalize.models.tally import Tally

SHOWN = "shown"  # the metric: views of a slot, by slot and variant
DAYS = 7

_waiting: Counter[tuple[str, str]] = Counter()  # by the key and the field of Redis
_lock = Lock()


def note_shown(decisions: Iterable[Decision], *, now: int) -> None:
    """Count what the slots of one page show at `now` (milliseconds); costs a page no I/O.

    The default counts too, whatever its reason: a share is one of all views by people.
    """
    names = [
        (tally_key(shard_of(decision.slot)), tally_field(SHOWN, at=now, key=_key(decision)))
        for decision in decisions
        if decision.reason is not Reason.BOT
    ]
    with _lock:
        _waiting.update(names)


def push() -> None:
    """Hand to the tally what this process has counted; what Redis does not take, waits on."""
    with _lock:
        counted = dict(_waiting)
        _waiting.clear()
    try:
        pipeline = collect_redis().pipeline(transaction=False)
        for (key, field), number in counted.items():
            pipeline.hincrby(key, field, number)
        pipeline.execute()
    except (RedisError, OSError):
        with _lock:
            _waiting.update(counted)


def shares(slot: str, *, now: datetime, days: int = DAYS) -> dict[str, float]:
    """Return the share (0–1) of the slot's views of each variant; the default's key is empty."""
    begin = f"{_digest(slot)}:"
    rows = Tally.objects.filter(
        metric=SHOWN, hour__gt=now - timedelta(days=days), key__startswith=begin
    )
    views = dict(rows.values_list("key").annotate(Sum("count")).order_by())
    total = sum(views.values())
    return {key.removeprefix(begin): number / total for key, number in views.items() if total}


@lru_cache(maxsize=4_096)
def _digest(slot: str) -> str:
    # A slot's key may be nearly as long as a tally's.
    return blake2b(slot.encode(), digest_size=6).hexdigest()


def _key(decision: Decision) -> str:
    return f"{_digest(decision.slot)}:{decision.variant or ''}"
