"""Profiles made anew take the place of those that serve, each by compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from redis.exceptions import NoScriptError

from personalize import keys
from personalize.connections import ask_to_work, worker_redis
from personalize.lake.outbox import entry_id, sequence_of
from personalize.profile import seen as seen_ids
from personalize.profile.profile import Profile, decode, encode
from personalize.profile.seen import Seen

# KEYS: profile, dirty, moves. ARGV: revision read ('' for none), profile, subject, seen, last entry
#       and ttl (each '' to leave it), then the moves.
ADOPT = """
local erased, revision = unpack(redis.call('HMGET', KEYS[1], 'erased', 'r'))
if erased then return 0 end
if (revision or '') ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[1], 's', ARGV[2], 'r', tonumber(revision or 0) + 1)
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'd', ARGV[4]) end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'l', ARGV[5]) end
if ARGV[6] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[6]) end
redis.call('SADD', KEYS[2], ARGV[3])
for i = 7, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[i]) end
return 1
"""
ADOPT_SHA = sha1(ADOPT.encode(), usedforsecurity=False).hexdigest()

# From here on profiles are written by this configuration or a newer one only.
RAISE = """
local oldest = redis.call('GET', KEYS[1])
if not oldest or tonumber(oldest) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
"""


@dataclass(frozen=True, slots=True)
class Live:
    """A subject as it serves: no profile for one that Redis does not know."""

    profile: Profile | None
    revision: str
    sequence: int
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """A profile to take the place of the one at `revision`, and why.

    Ids seen, sequence and time to live are given only where Redis has lost them.
    """

    profile: Profile
    revision: str
    reason: str
    seen: Seen | None = None
    sequence: int = 0
    ttl_seconds: int = 0
    moves: Sequence[bytes] = ()


def read_live(subjects: Sequence[str]) -> dict[str, Live]:
    """Return the subjects as they serve, in one round trip."""
    asked = ("s", "r", "l", "erased")
    replies = ask_to_work(*(("HMGET", keys.profile_key(each), *asked) for each in subjects))
    return {
        subject: Live(
            decode(state) if state else None,
            revision.decode() if revision else "",
            sequence_of(entry) if entry else 0,
            erased is not None,
        )
        for subject, (state, revision, entry, erased) in zip(subjects, replies, strict=True)
    }


def adopt(adoptions: Sequence[Adoption]) -> list[str]:
    """Let the profiles serve; return the subjects that moved since they were read.

    Who was erased meanwhile stays erased.
    """
    if not adoptions:
        return []
    try:
        replies = _sent(adoptions)
    except NoScriptError:
        worker_redis().script_load(ADOPT)
        replies = _sent(adoptions)  # what was written is refused, and found to be as it should
    pairs = zip(adoptions, replies, strict=True)
    return [each.profile.subject for each, reply in pairs if reply == -1]


def raise_version(version: int) -> None:
    """Refuse every write of a profile by a configuration older than this."""
    pipeline = worker_redis().pipeline(transaction=False)
    for shard in range(keys.SHARDS):
        pipeline.eval(RAISE, 1, keys.version_key(shard), version)
    pipeline.execute()


def _sent(adoptions: Sequence[Adoption]) -> list[Any]:
    return ask_to_work(*map(_command, adoptions))


def _command(adoption: Adoption) -> tuple[bytes | str | int, ...]:
    subject = adoption.profile.subject
    shard = keys.shard_of(subject)
    return (
        "EVALSHA",
        ADOPT_SHA,
        3,
        keys.profile_key(subject),
        keys.dirty_key(shard),
        keys.moves_key(shard),
        adoption.revision,
        encode(adoption.profile),
        subject,
        seen_ids.encode(adoption.seen) if adoption.seen else "",
        entry_id(adoption.sequence) if adoption.sequence else "",
        adoption.ttl_seconds or "",
        *adoption.moves,
    )
