"""The profile store in Redis: one hash a subject; pages read it, its partition's owner writes it.

`px:v:{subject}` has the fields `s` (the profile), `d` (message ids seen) and `p:<partition>` (the
stream position applied last). All that a batch does to a subject is one Lua write, which is refused
when its position was applied before: by the same worker, before a crash, or by another one.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, NamedTuple

from django.db import transaction
from redis.exceptions import NoScriptError, RedisError

from personalize import metrics
from personalize.conf import settings
from personalize.connections import ask_for_page, ask_to_work, collect_redis, worker_redis
from personalize.profile import seen as seen_ids
from personalize.profile import timeline
from personalize.profile.breaker import Breaker
from personalize.profile.profile import Profile, decode, encode
from personalize.profile.seen import Seen
from personalize.profile.timeline import Moment

PLAN_KEY = "px:plan"
DIRTY_KEY = "px:dirty"
DUE_KEY = "px:due"
TALLY_KEY = "px:tally"
MOVES_KEY = "px:moves"
BOT_TTL_SECONDS = 86_400
NEWCOMER_TTL_SECONDS = 90 * 86_400  # longer than most windows; who keeps no cookie is new each time
ERASED_SECONDS = 3_600  # longer than any batch that read the profile before it was erased

# KEYS: profile, timeline, dirty, due, tally, moves.
# ARGV: position field, position, profile, seen, ttl, kept moments, subject, due ('' for never),
#       then three lists, each with its length before it: moments, tally fields, moves.
SAVE = """
local applied, erased = unpack(redis.call('HMGET', KEYS[1], ARGV[1], 'erased'))
if erased or applied and applied >= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 's', ARGV[3], 'd', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
local at = 9
local count = tonumber(ARGV[at])
if count > 0 then
  local length = redis.call('LPUSH', KEYS[2], unpack(ARGV, at + 1, at + count))
  if length > tonumber(ARGV[6]) then redis.call('LTRIM', KEYS[2], 0, ARGV[6] - 1) end
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count, 2 do redis.call('HINCRBY', KEYS[5], ARGV[i], ARGV[i + 1]) end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count do redis.call('RPUSH', KEYS[6], ARGV[i]) end
if ARGV[8] ~= '' then redis.call('ZADD', KEYS[4], ARGV[8], ARGV[7]) end
redis.call('SADD', KEYS[3], ARGV[7])
return 1
"""
SAVE_SHA = sha1(SAVE.encode(), usedforsecurity=False).hexdigest()  # how Redis names the script

_breaker = Breaker()


class PageRead(NamedTuple):
    """What one page view learns from the store; stale when the store did not answer in time."""

    profile: Profile | None
    plan_version: int | None
    is_stale: bool


@dataclass(slots=True)
class Stored:
    """A subject as the store has it: no profile yet, nothing seen and no position for a new one."""

    profile: Profile | None = None
    seen: Seen = field(default_factory=Seen)
    position: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that a batch did to one subject; `tally` and `moves` are counted with it, once."""

    profile: Profile
    seen: Seen
    position: str
    moments: Sequence[Moment] = ()
    due_at: int | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    moves: Sequence[bytes] = ()


def profile_key(subject: str) -> str:
    """Return the key of the subject's hash; braces keep its keys on one cluster node."""
    return f"px:v:{{{subject}}}"


def timeline_key(subject: str) -> str:
    """Return the key of the subject's timeline."""
    return f"px:t:{{{subject}}}"


def read_page(subject: str | None) -> PageRead:
    """Return profile and plan version in one round trip; never raises, never waits long."""
    rest = settings().BREAKER_SECONDS
    if not _breaker.lets_through(failures=settings().BREAKER_FAILURES, seconds=rest):
        metrics.count("store.breaker_open")
        return PageRead(None, None, True)
    try:
        commands = [("GET", PLAN_KEY), *([("HGET", profile_key(subject), "s")] if subject else [])]
        version, *states = ask_for_page(*commands)
    except (RedisError, OSError):
        _breaker.failed(seconds=rest)
        metrics.count("store.page_failed")
        return PageRead(None, None, True)
    _breaker.succeeded()
    return PageRead(_decoded(states[0] if states else None), int(version or 0), False)


def _decoded(state: bytes | None) -> Profile | None:
    try:
        return decode(state) if state else None
    except ValueError:  # one profile that cannot be read is no reason to ask for none
        metrics.count("store.unreadable_profile")
        return None


def current_plan_version() -> int:
    """Return the version of the editors' configuration; 0 before the first change."""
    version: Any = worker_redis().get(PLAN_KEY)
    return int(version or 0)


def bump_plan_version() -> None:
    """Make every process compile its plan anew on its next page or batch.

    Versions start at the time, so that a Redis that lost its memory does not give one out twice.
    """
    pipeline = collect_redis().pipeline()
    pipeline.set(PLAN_KEY, time.time_ns() // 1_000_000, nx=True)
    pipeline.incr(PLAN_KEY)
    pipeline.execute()


def configuration_changed(sender: Any = None, **_: Any) -> None:
    """Receive a changed row of the configuration: bump the version when it is committed."""
    transaction.on_commit(_bump_quietly)


def load(subjects: Sequence[str], *, partition: int) -> dict[str, Stored]:
    """Return what the owner of a partition needs of each subject, in one round trip."""
    position_field = f"p:{partition}"
    replies = ask_to_work(
        *(("HMGET", profile_key(subject), "s", "d", position_field) for subject in subjects)
    )
    return {
        subject: Stored(
            decode(state) if state else None,
            seen_ids.decode(ids) if ids else Seen(),
            position.decode() if position else "",
        )
        for subject, (state, ids, position) in zip(subjects, replies, strict=True)
    }


def save(changes: Sequence[Change], *, partition: int) -> list[bool]:
    """Write the changes in one round trip; False for one whose position was applied before."""
    if not changes:
        return []
    calls = [_arguments(change, partition) for change in changes]
    try:
        replies = ask_to_work(*calls)
    except NoScriptError:  # Redis was restarted; what was written since is refused, not repeated
        worker_redis().script_load(SAVE)
        replies = ask_to_work(*calls)
    return [bool(reply) for reply in replies]


def read_profiles(subjects: Sequence[str]) -> list[Profile]:
    """Return the profiles that exist of the subjects, in one round trip."""
    pipeline = collect_redis().pipeline(transaction=False)
    for subject in subjects:
        pipeline.hget(profile_key(subject), "s")
    return [profile for state in pipeline.execute() if (profile := _decoded(state))]


def read_profile(subject: str) -> Profile | None:
    """Return one subject's profile, for people who look at it."""
    return next(iter(read_profiles([subject])), None)


def read_timeline(subject: str) -> list[Moment]:
    """Return the subject's last moments, the latest first."""
    kept: Any = collect_redis().lrange(timeline_key(subject), 0, -1)
    return sorted(map(timeline.decode, kept), key=lambda moment: moment.at, reverse=True)


def erase_profile(subject: str) -> None:
    """Forget the subject: the profile, its timeline, and that anything was to be done about it.

    For an hour a mark refuses the write of a worker that had read the profile before.
    """
    key = profile_key(subject)
    pipeline = collect_redis().pipeline()
    pipeline.delete(key, timeline_key(subject))
    pipeline.hset(key, "erased", 1)
    pipeline.expire(key, ERASED_SECONDS)
    pipeline.zrem(DUE_KEY, subject)
    pipeline.srem(DIRTY_KEY, subject)
    pipeline.execute()


def unmark_erased(subject: str) -> None:
    """Take writes of the subject again, who has come back within the hour."""
    collect_redis().hdel(profile_key(subject), "erased")


def erased_among(subjects: Sequence[str]) -> list[str]:
    """Return which of the subjects were erased within the hour, in one round trip."""
    pipeline = worker_redis().pipeline(transaction=False)
    for subject in subjects:
        pipeline.hexists(profile_key(subject), "erased")
    replies = pipeline.execute()
    return [subject for subject, reply in zip(subjects, replies, strict=True) if reply]


def _bump_quietly() -> None:
    """A saved row stands even when Redis is down; plans are renewed by the next change."""
    try:
        bump_plan_version()
    except (RedisError, OSError):
        metrics.count("plan.bump_failed")


def _arguments(change: Change, partition: int) -> tuple[Any, ...]:
    profile = change.profile
    moments = change.moments[-settings().TIMELINE_EVENTS :]
    counted = [item for pair in change.tally.items() for item in pair]
    return (
        "EVALSHA",
        SAVE_SHA,
        6,
        profile_key(profile.subject),
        timeline_key(profile.subject),
        DIRTY_KEY,
        DUE_KEY,
        TALLY_KEY,
        MOVES_KEY,
        f"p:{partition}",
        change.position,
        encode(profile),
        seen_ids.encode(change.seen),
        _ttl(profile),
        settings().TIMELINE_EVENTS,
        profile.subject,
        "" if change.due_at is None else change.due_at,
        len(moments),
        *map(timeline.encode, moments),
        len(counted),
        *counted,
        len(change.moves),
        *change.moves,
    )


def _ttl(profile: Profile) -> int:
    if profile.is_bot and not profile.events:
        return BOT_TTL_SECONDS
    longest = settings().PROFILE_TTL_DAYS * 86_400
    is_known = profile.user_id or profile.traits or profile.session_count > 1
    return longest if is_known else min(NEWCOMER_TTL_SECONDS, longest)
