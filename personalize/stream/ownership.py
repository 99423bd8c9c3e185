"""Who works on a partition, and whom to call: a lock and a doorbell in Redis, for every backend."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import Any, Literal
from uuid import uuid4

from redis.exceptions import RedisError

from personalize import metrics
from personalize.connections import collect_redis, worker_redis
from personalize.stream.protocol import StreamUnavailable

OWNER_SECONDS = 10
BELL_SECONDS = 5
HANDED_SECONDS = 86_400

# KEYS: owner, bell. ARGV: token, seconds. The owner keeps the bell ringing: nobody need call it.
OWN = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return owner and 1 or 2
"""

# KEYS: owner, bell. ARGV: token.
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
"""

# KEYS: handed. ARGV: position, seconds. How often in a row what begins at this position came.
HANDED = """
if redis.call('HGET', KEYS[1], 'first') ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'first', ARGV[1], 'times', 0)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'times', 1)
"""


class Ownership:
    """One process' part in it; each of its threads, and each that it forks, is its own owner."""

    def __init__(self) -> None:
        self._name = uuid4().hex

    @property
    def token(self) -> str:
        """What tells this owner from all others."""
        return f"{self._name}:{os.getpid()}:{get_ident()}"

    def take(self, partition: int) -> Literal["", "kept", "gained"]:
        """Take or renew the lock; while it is held, appending rings for nobody.

        After "gained" somebody else may have been at work since: what was known is to be forgotten.
        """
        keys = [owner_key(partition), bell_key(partition)]
        replies: tuple[Literal["", "kept", "gained"], ...] = ("", "kept", "gained")
        return replies[int(run(OWN, keys, [self.token, OWNER_SECONDS]))]

    def seize(self, partition: int) -> None:
        """Take the lock from whoever has it: the backend itself has said that it is ours.

        The former owner finds it gone before its next batch; profiles refuse what it still saves.
        """
        with unavailable_on_error():
            pipeline = worker_redis().pipeline(transaction=False)
            for key in (owner_key(partition), bell_key(partition)):
                pipeline.set(key, self.token, ex=OWNER_SECONDS)
            pipeline.execute()

    def give_back(self, partition: int) -> bool:
        """Give the lock back and silence the bell; False when it was not ours.

        Look at the stream after it: what came in before is seen then, what comes later rings anew.
        """
        return bool(run(RELEASE, [owner_key(partition), bell_key(partition)], [self.token]))


def to_ring(partitions: Sequence[int]) -> list[int]:
    """Return those whose bell did not ring yet, and let it ring; to be asked after storing.

    Without Redis there is nobody to ring for: what is stored waits for beat's next round.
    """
    if not partitions:
        return []
    try:
        pipeline = collect_redis().pipeline(transaction=False)
        for partition in partitions:
            pipeline.set(bell_key(partition), 1, nx=True, ex=BELL_SECONDS)
        rang = pipeline.execute()
    except (RedisError, OSError):
        metrics.count("collect.ring_failed")
        return []
    return [partition for partition, is_first in zip(partitions, rang, strict=True) if is_first]


def handed_out(partition: int, first: str) -> int:
    """Count that entries from the position `first` on are handed out, and return how often so far.

    For backends that do not count it: an entry that ends its workers must be told from others.
    """
    return int(run(HANDED, [f"px:{{{partition}}}:handed"], [first, HANDED_SECONDS]))


def owner_key(partition: int) -> str:
    """Return the key of the partition's lock; braces keep its keys on one cluster node."""
    return f"px:{{{partition}}}:owner"


def bell_key(partition: int) -> str:
    """Return the key that stands while somebody has been called to the partition."""
    return f"px:{{{partition}}}:bell"


def run(script: str, keys: list[str], arguments: list[Any]) -> Any:
    """Run a script on behalf of a stream; raises StreamUnavailable."""
    with unavailable_on_error():
        return worker_redis().eval(script, len(keys), *keys, *arguments)


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Let what Redis raises come as what streams raise."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StreamUnavailable(f"Redis did not answer as it should: {error}") from error
