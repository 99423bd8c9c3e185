"""The events of one's own browser, as a developer or editor watches them come in, or fail.

What the endpoint refuses is stored nowhere. While somebody watches, the refusals of their own
browser are kept for them for a few minutes; nobody else's ever are.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
from redis.exceptions import RedisError

from personalize.collect.identity import Identity
from personalize.connections import collect_redis
from personalize.events.event import decode as decode_event
from personalize.keys import refused_key, watched_key
from personalize.models import QuarantinedEvent

WATCHED_SECONDS = 600
MOST = 20  # failures shown
MOST_ROWS = 200  # of the quarantine that are looked through
MOST_BYTES = 32_000
AGE = timedelta(hours=1)


class Failure(msgspec.Struct, frozen=True):
    """An event that came to nothing, as it came: not masked. `at` is in milliseconds."""

    at: int
    reason: str
    path: str = ""
    detail: str = ""
    raw: bytes = b""


def watch(identity: Identity) -> None:
    """Keep for some minutes what the endpoint refuses of this browser."""
    collect_redis().set(watched_key(identity.anonymous_id), 1, ex=WATCHED_SECONDS)


def note_refusals(
    identity: Identity | None, *, refusals: Iterable[tuple[str, str, bytes]], at: int
) -> None:
    """Keep refusals, each as (path, reason, bytes), if somebody watches this browser; never fail.

    Only requests with a fault ask Redis for it.
    """
    if identity is None:
        return
    with suppress(RedisError):
        client, key = collect_redis(), refused_key(identity.anonymous_id)
        if not client.exists(watched_key(identity.anonymous_id)):
            return
        kept = [
            Failure(at, "refused", path, reason, raw[:MOST_BYTES]) for path, reason, raw in refusals
        ][:MOST]
        pipeline = client.pipeline(transaction=False)
        pipeline.lpush(key, *map(msgspec.msgpack.encode, kept))
        pipeline.ltrim(key, 0, MOST - 1)
        pipeline.expire(key, WATCHED_SECONDS)
        pipeline.execute()


def failures(identity: Identity, *, now: datetime) -> Sequence[Failure]:
    """Return what failed of this browser, the latest first: refused, or quarantined in an hour."""
    kept: Any = collect_redis().lrange(refused_key(identity.anonymous_id), 0, -1)
    refused = [msgspec.msgpack.decode(each, type=Failure) for each in kept]
    both = [*refused, *_quarantined(identity, now=now)]
    return sorted(both, key=lambda failure: failure.at, reverse=True)[:MOST]


def _quarantined(identity: Identity, *, now: datetime) -> list[Failure]:
    recent = QuarantinedEvent.objects.filter(received_at__gte=now - AGE).order_by("-received_at")
    return [_failure(row) for row in recent[:MOST_ROWS] if _is_of(identity, bytes(row.raw))]


def _is_of(identity: Identity, raw: bytes) -> bool:
    """Return whether the bytes are an event of this browser; what cannot be read is nobody's."""
    try:
        return decode_event(raw).anonymous_id == identity.anonymous_id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _failure(row: QuarantinedEvent) -> Failure:
    at = row.received_at or row.quarantined_at
    return Failure(
        int(at.timestamp() * 1_000), row.reason, row.path, row.detail, bytes(row.raw)[:MOST_BYTES]
    )
