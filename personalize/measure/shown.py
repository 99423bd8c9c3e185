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
from personalize.keys import HOUR_MS, shard_of, tally_field, tally_key
from personalize.models.tally import Tally

SHOWN = "shown"  # the metric: views of a slot, by slot and variant
DAYS = 7

_waiting: Counter[tuple[str, str, int]] = Counter()  # by slot, variant and hour
_lock = Lock()


def note_shown(decisions: Iterable[Decision], *, now: int) -> None:
    """Count what the slots of one page show at `now` (milliseconds); costs a page no I/O.

    The default counts too, whatever its reason: a share is one of all views by people.
    """
    hour = now // HOUR_MS
    with _lock:
        for decision in decisions:
            if decision.reason is not Reason.BOT:
                _waiting[decision.slot, decision.variant or "", hour] += 1


def push() -> None:
    """Hand to the tally what this process has counted; what Redis does not take, waits on."""
    with _lock:
        counted = dict(_waiting)
        _waiting.clear()
    try:
        pipeline = collect_redis().pipeline(transaction=False)
        for (slot, variant, hour), number in counted.items():
            field = tally_field(SHOWN, at=hour * HOUR_MS, key=f"{_digest(slot)}:{variant}")
            pipeline.hincrby(tally_key(shard_of(slot)), field, number)
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
