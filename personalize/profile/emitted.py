"""What a profile's write tells other profiles: it lies beside the write until the stream has it.

A hand-over, say, is written along with the mark that it was made, in one step, and then sent. Sent
twice, after a crash, it is known by its message id.
"""

from collections.abc import Iterable
from typing import Any

from personalize.connections import worker_redis
from personalize.events.event import decode
from personalize.keys import SHARDS, emitted_key
from personalize.stream.doorbell import accept

AT_ONCE = 100


def send(shards: Iterable[int] = range(SHARDS)) -> int:
    """Send what lies ready and return how many events that were. Raises StreamUnavailable."""
    return sum(_send(emitted_key(shard)) for shard in shards)


def _send(key: str) -> int:
    client = worker_redis()
    number = 0
    while True:
        waiting: Any = client.lrange(key, 0, AT_ONCE - 1)
        if not waiting:
            return number
        accept([decode(raw) for raw in waiting])
        pipeline = client.pipeline(transaction=False)
        for raw in waiting:  # by value: others may send at the same time
            pipeline.lrem(key, 1, raw)
        pipeline.execute()
        number += len(waiting)
