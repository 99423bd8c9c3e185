"""The profile store in Redis: one hash a subject; pages read it, its partition's owner writes it.

The hash has the fields `s` (the profile), `d` (message ids seen), `p:<stream>:<partition>` (the
position applied last), `r` (how often it was written) and `l` (its last entry for the lake). All
that a batch does to a subject is one Lua write. It has no effect when its position was applied
before: by the same worker, before a crash, or by another one. It is refused, and to be made anew,
when the profile moved since it was read, or the configuration is older than the shard allows.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha1
from typing import Any, NamedTuple

from django.db import transaction
from redis.exceptions import NoScriptError, RedisError

from personalize import keys, metrics
from personalize.conf import settings
from personalize.connections import (
    ask_for_page,
    ask_to_collect,
    ask_to_work,
    collect_redis,
    worker_redis,
    write_to_work,
)
from personalize.events.event import Event
from personalize.events.event import encode as encode_event
from personalize.keys import profile_key, shard_of, timeline_key
from personalize.profile import seen as seen_ids
from personalize.profile import timeline
from personalize.profile.breaker import Breaker
from personalize.profile.profile import Profile, decode, encode
from personalize.profile.seen import Seen
from personalize.profile.timeline import Moment
from personalize.stream.protocol import stream_name

NOBODY_TTL_SECONDS = 86_400  # of profiles without a person's event: bots'
NEWCOMER_TTL_SECONDS = 90 * 86_400  # longer than most windows; who keeps no cookie is new each time
ERASED_SECONDS = 3_600  # longer than any batch that read the profile before it was erased

# KEYS: profile, timeline, dirty, due, tally, moves, outbox, version, emitted.
# ARGV: position field, position, revision read ('' for none), configuration's version, profile,
#       seen, ttl ('' to leave it), kept moments, subject, due ('' for never), events for the lake
#       ('' for none); then four lists, each with its length before it: moments, tally fields,
#       moves, emitted.
SAVE = """
local applied, erased, revision = unpack(redis.call('HMGET', KEYS[1], ARGV[1], 'erased', 'r'))
if applied and applied >= ARGV[2] then return 0 end
if erased then return -2 end
if (revision or '') ~= ARGV[3] then return -1 end
local oldest = redis.call('GET', KEYS[8])
if oldest and tonumber(oldest) > tonumber(ARGV[4]) then return -1 end
revision = tonumber(revision or 0) + 1
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 's', ARGV[5], 'd', ARGV[6], 'r', revision)
if ARGV[11] ~= '' then
  redis.call('HSET', KEYS[1], 'l', redis.call('XADD', KEYS[7], '*', 'e', ARGV[11]))
end
if ARGV[7] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[7]) end
local at = 12
local count = tonumber(ARGV[at])
if count > 0 then
  local length = redis.call('LPUSH', KEYS[2], unpack(ARGV, at + 1, at + count))
  if length > tonumber(ARGV[8]) then redis.call('LTRIM', KEYS[2], 0, ARGV[8] - 1) end
  if ARGV[7] ~= '' then redis.call('EXPIRE', KEYS[2], ARGV[7]) end
end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count, 2 do redis.call('HINCRBY', KEYS[5], ARGV[i], ARGV[i + 1]) end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count do redis.call('RPUSH', KEYS[6], ARGV[i]) end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count do redis.call('RPUSH', KEYS[9], ARGV[i]) end
if ARGV[10] ~= '' then redis.call('ZADD', KEYS[4], ARGV[10], ARGV[9]) end
redis.call('SADD', KEYS[3], ARGV[9])
return 1
"""
SAVE_SHA = sha1(SAVE.encode(), usedforsecurity=False).hexdigest()  # how Redis names the script

# KEYS: profile, timeline, fresh profile, due, dirty. ARGV: subject, seconds.
ERASE = """
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) ~= 'p:' then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HSET', KEYS[1], 'erased', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
"""

_SHARD_KEYS = [
    (
        keys.dirty_key(shard),
        keys.due_key(shard),
        keys.tally_key(shard),
        keys.moves_key(shard),
        keys.outbox_key(shard),
        keys.version_key(shard),
        keys.emitted_key(shard),
    )
    for shard in range(keys.SHARDS)
]

_breaker = Breaker()
metrics.watch("store.open", lambda: float(_breaker.is_open(failures=settings().BREAKER_FAILURES)))


class Contended(Exception):
    """Profiles are being written by others at the same time; nothing was lost, try again."""


class PageRead(NamedTuple):
    """What one page view learns from the store; stale when the store did not answer in time."""

    profile: Profile | None
    plan_version: int | None
    is_stale: bool


@dataclass(slots=True)
class Stored:
    """A subject as the store has it: no profile yet, nothing seen and no position for a new one.

    `revision` moves with every write. `sequence` is the last entry for the lake.
    """

    profile: Profile | None = None
    seen: Seen = field(default_factory=Seen)
    position: str = ""
    revision: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that a batch did to one subject; `tally` and `moves` are counted with it, once.

    It was made of the profile at `revision`, by the configuration of `version`. `kept` are the
    events for the lake, encoded, `emitted` those for other profiles. A change that only time has
    made does not prolong the profile's life.
    """

    profile: Profile
    seen: Seen
    position: str
    revision: str = ""
    version: int = 0
    kept: bytes = b""
    is_by_time: bool = False
    moments: Sequence[Moment] = ()
    due_at: int | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    moves: Sequence[bytes] = ()
    emitted: Sequence[Event] = ()


def read_page(subject: str | None) -> PageRead:
    """Return profile and plan version in one round trip; never raises, never waits long."""
    rest = settings().BREAKER_SECONDS
    if not _breaker.lets_through(failures=settings().BREAKER_FAILURES, seconds=rest):
        metrics.count("store.breaker_open")
        return PageRead(None, None, True)
    started = time.perf_counter()
    try:
        commands = [("GET", keys.PLAN), *([("HGET", profile_key(subject), "s")] if subject else [])]
        version, *states = ask_for_page(*commands)
    except (RedisError, OSError):
        _breaker.failed(seconds=rest)
        metrics.count("store.page_failed")
        return PageRead(None, None, True)
    finally:
        metrics.observe("store.read", time.perf_counter() - started)
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
    version: Any = worker_redis().get(keys.PLAN)
    return int(version or 0)


def bump_plan_version() -> None:
    """Make every process compile its plan anew on its next page or batch.

    Versions start at the time, so that a Redis that lost its memory does not give one out twice.
    """
    pipeline = collect_redis().pipeline()
    pipeline.set(keys.PLAN, time.time_ns() // 1_000_000, nx=True)
    pipeline.incr(keys.PLAN)
    pipeline.execute()


def configuration_changed(sender: Any = None, **_: Any) -> None:
    """Receive a changed row of the configuration: bump the version when it is committed."""
    transaction.on_commit(_bump_quietly)


def field_of(partition: int) -> str:
    """Return the field with the last position applied: of the stream that is in use now."""
    return f"p:{stream_name()}:{partition}"


def load(subjects: Sequence[str], *, partition: int) -> dict[str, Stored]:
    """Return what the owner of a partition needs of each subject, in one round trip."""
    position_field = field_of(partition)
    replies = ask_to_work(
        *(
            ("HMGET", profile_key(subject), "s", "d", position_field, "r", "l")
            for subject in subjects
        )
    )
    return {
        subject: Stored(
            decode(state) if state else None,
            seen_ids.decode(ids) if ids else Seen(),
            position.decode() if position else "",
            revision.decode() if revision else "",
            sequence_of(entry_id) if entry_id else 0,
        )
        for subject, (state, ids, position, revision, entry_id) in zip(
            subjects, replies, strict=True
        )
    }


class Saved(Enum):
    """What became of a change."""

    DONE = 1
    APPLIED_BEFORE = 0
    ERASED = -2  # since it was read
    MOVED = -1  # the profile was written by somebody else, or the configuration is too old


def save(changes: Iterable[Change], *, partition: int) -> list[Saved]:
    """Write the changes in one round trip, each as a whole or not at all, as they are made."""
    made: list[tuple[Any, ...]] = []

    def commands() -> Iterator[tuple[Any, ...]]:
        for change in changes:
            made.append(_arguments(change, partition))
            yield made[-1]

    try:
        replies = write_to_work(commands())
    except NoScriptError:  # Redis was restarted; what was written since is refused, not repeated
        worker_redis().script_load(SAVE)
        replies = write_to_work(made)
    return [Saved(reply) for reply in replies]


def sequence_of(entry_id: bytes) -> int:
    """Return the number of an entry for the lake: it rises as the entries of a shard do."""
    milliseconds, _, count = entry_id.partition(b"-")
    return int(milliseconds) << 20 | int(count)


def positions(subjects: Sequence[str], *, partition: int) -> dict[str, str]:
    """Return the last position of the partition applied to each subject, also to an erased one."""
    replies = ask_to_work(
        *(("HGET", profile_key(subject), field_of(partition)) for subject in subjects)
    )
    return {
        subject: position.decode() if position else ""
        for subject, position in zip(subjects, replies, strict=True)
    }


def read_profiles(subjects: Sequence[str]) -> list[Profile]:
    """Return the profiles that exist of the subjects, in one round trip."""
    replies = ask_to_collect(*(("HGET", profile_key(subject), "s") for subject in subjects))
    return [profile for state in replies if (profile := _decoded(state))]


def read_profile(subject: str) -> Profile | None:
    """Return one subject's profile, for people who look at it."""
    return next(iter(read_profiles([subject])), None)


def read_timeline(subject: str) -> list[Moment]:
    """Return the subject's last moments, the latest first."""
    kept: Any = collect_redis().lrange(timeline_key(subject), 0, -1)
    return sorted(map(timeline.decode, kept), key=lambda moment: moment.at, reverse=True)


def read_timelines(subjects: Sequence[str]) -> list[list[Moment]]:
    """Return the last moments of each subject, in background work."""
    pipeline = worker_redis().pipeline(transaction=False)
    for subject in subjects:
        pipeline.lrange(timeline_key(subject), 0, -1)
    kept: list[Any] = pipeline.execute()
    return [[timeline.decode(moment) for moment in moments] for moments in kept]


def erase_profile(subject: str) -> None:
    """Forget the subject: the profile, its timeline, and that anything was to be done about it.

    For an hour a mark refuses the write of a worker that had read the profile before; the positions
    stay as long, so that what was counted is not counted again as refused.
    """
    shard = shard_of(subject)
    names = (
        profile_key(subject),
        timeline_key(subject),
        keys.fresh_key(subject),
        keys.due_key(shard),
        keys.dirty_key(shard),
    )
    collect_redis().eval(ERASE, len(names), *names, subject, ERASED_SECONDS)


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
        9,
        profile_key(profile.subject),
        timeline_key(profile.subject),
        *_SHARD_KEYS[shard_of(profile.subject)],
        field_of(partition),
        change.position,
        change.revision,
        change.version,
        encode(profile),
        seen_ids.encode(change.seen),
        "" if change.is_by_time else ttl_seconds(profile),
        settings().TIMELINE_EVENTS,
        profile.subject,
        "" if change.due_at is None else change.due_at,
        change.kept,
        len(moments),
        *map(timeline.encode, moments),
        len(counted),
        *counted,
        len(change.moves),
        *change.moves,
        len(change.emitted),
        *map(encode_event, change.emitted),
    )


def ttl_seconds(profile: Profile) -> int:
    """Return how long the profile is kept after the subject's last event."""
    if not profile.events and not profile.merged_into:
        return NOBODY_TTL_SECONDS
    longest = settings().PROFILE_TTL_DAYS * 86_400
    is_known = profile.user_id or profile.traits or profile.session_count > 1
    return longest if is_known else min(NEWCOMER_TTL_SECONDS, longest)
