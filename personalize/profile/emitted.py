"""What a profile's write tells other profiles: it lies beside the write until the stream has it.

A hand-over, say, is written along with the mark that it was made, in one step, and then sent. Sent
twice, after a crash, it is known by its message id. What is larger than the stream takes goes to
quarantine, so that what lies behind it is sent.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from personalize import metrics
from personalize.connections import worker_redis
from personalize.events.event import decode
from personalize.keys import SHARDS, emitted_key
from personalize.models.quarantine import QuarantinedEvent
from personalize.stream.doorbell import accept
from personalize.stream.protocol import TooLarge

log = logging.getLogger(__name__)

AT_ONCE = 100
TOO_LARGE = "too_large"  # the reason in quarantine


def send(shards: Iterable[int] = range(SHARDS)) -> int:
    """Send what lies ready and return how many events that were. Raises StreamUnavailable."""
    return sum(_send(emitted_key(shard)) for shard in shards)


def _send(key: str) -> int:
    number = 0
    while True:
        waiting: Any = worker_redis().lrange(key, 0, AT_ONCE - 1)
        if not waiting:
            return number
        try:
            accept([decode(raw) for raw in waiting])
        except TooLarge:
            number += sum(_send_alone(key, raw) for raw in waiting)
        else:
            _take_off(key, waiting)
            number += len(waiting)


def _send_alone(key: str, raw: bytes) -> bool:
    """Send one event, or put it into quarantine; return whether it was sent."""
    try:
        accept([decode(raw)])
    except TooLarge as error:
        _quarantine(raw, str(error))
        is_sent = False
    else:
        is_sent = True
    _take_off(key, [raw])
    return is_sent


def _take_off(key: str, sent: Sequence[Any]) -> None:
    pipeline = worker_redis().pipeline(transaction=False)
    for raw in sent:  # by value: others may send at the same time
        pipeline.lrem(key, 1, raw)
    pipeline.execute()


def _quarantine(raw: bytes, detail: str) -> None:
    """Keep the event for people to look at; without a source, as no stream has accepted it."""
    metrics.count("emitted.too_large")
    log.warning("What a profile hands over is too large for the stream: %d bytes", len(raw))
    row = QuarantinedEvent(
        stream_position=f"emitted:{blake2b(raw, digest_size=16).hexdigest()}",
        reason=TOO_LARGE,
        detail=detail,
        raw=raw,
        received_at=datetime.fromtimestamp(decode(raw).received_at / 1_000, UTC),
    )
    QuarantinedEvent.objects.bulk_create([row], ignore_conflicts=True)
