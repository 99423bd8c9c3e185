"""Who reads whole files of the lake: what removes files waits for them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from personalize.connections import worker_redis

KEY = "px:lake:readers"
MOST_SECONDS = 3_600  # then a reader is taken for dead


@contextmanager
def reading() -> Iterator[None]:
    """Let no file that the table has had since now be removed, for an hour at most."""
    token = uuid4().hex
    worker_redis().zadd(KEY, {token: time.time() + MOST_SECONDS})
    try:
        yield
    finally:
        worker_redis().zrem(KEY, token)


def somebody_reads() -> bool:
    """Return whether a living reader needs files that have left the table."""
    client = worker_redis()
    client.zremrangebyscore(KEY, "-inf", time.time())
    return bool(client.zcard(KEY))
