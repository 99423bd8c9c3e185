"""Profiles in the making: they lie under keys of their own while those of before serve.

The hash has the fields `s` (the profile), `d` (message ids seen), `l` (the last sequence that is in
it), `h:<hand-over>` (what the profile was when it went to a user) and `e:<hand-over>` (what a
visitor has handed to this user, and has not arrived).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.keys import SHARDS, fresh_key, fresh_subjects_key, shard_of
from personalize.profile import seen as seen_ids
from personalize.profile.profile import Profile, decode, empty_profile, encode
from personalize.profile.seen import Seen

TTL_SECONDS = 7 * 86_400  # what a job that never ended has left goes by itself
SUBJECTS_AT_ONCE = 200
KINDS = ("a", "u")  # visitors first: what they hand over goes into users


class Handed(msgspec.Struct, array_like=True, frozen=True):
    """A visitor's profile as it was when it went to a user."""

    profile: bytes
    seen: bytes


@dataclass(slots=True)
class Fresh:
    """A subject's profile of the rows up to `sequence`.

    `handed` has what was handed over since it was loaded, by user and hand-over; `expected` the
    hand-overs that have not arrived, `arrived` those that have.
    """

    profile: Profile
    seen: Seen = field(default_factory=Seen)
    sequence: int = 0
    handed: dict[str, Handed] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)


_encode_handed = msgspec.msgpack.Encoder().encode
_decode_handed = msgspec.msgpack.Decoder(Handed).decode


def hand_over_of(event: Event, *, user_id: str) -> str:
    """Return the name of a hand-over: a link and the merge that it caused have the same."""
    return f"{event.anonymous_id} {user_id} {event.timestamp} {event.received_at}"


def load(subjects: Sequence[str]) -> dict[str, Fresh]:
    """Return what there is of each subject, in one round trip; of nobody an empty profile."""
    pipeline = worker_redis().pipeline(transaction=False)
    for subject in subjects:
        pipeline.hgetall(fresh_key(subject))
    found = zip(subjects, pipeline.execute(), strict=True)
    return {subject: _read(subject, fields) for subject, fields in found}


def _read(subject: str, fields: dict[bytes, bytes]) -> Fresh:
    expected = {name[2:].decode() for name in fields if name.startswith(b"e:")}
    if b"s" not in fields:
        return Fresh(empty_profile(subject), expected=expected)
    return Fresh(
        decode(fields[b"s"]),
        seen_ids.decode(fields[b"d"]),
        int(fields[b"l"]),
        expected=expected,
    )


def keep(made: Iterable[Fresh]) -> None:
    """Write what was made, in one round trip."""
    pipeline = worker_redis().pipeline(transaction=False)
    for fresh in made:
        subject = fresh.profile.subject
        key = fresh_key(subject)
        pipeline.hset(
            key,
            mapping={
                "s": encode(fresh.profile),
                "d": seen_ids.encode(fresh.seen),
                "l": fresh.sequence,
                **{f"h:{name}": _encode_handed(each) for name, each in fresh.handed.items()},
                **dict.fromkeys((f"e:{name}" for name in fresh.expected), 1),
            },
        )
        if fresh.arrived:
            pipeline.hdel(key, *(f"e:{name}" for name in fresh.arrived))
        _put_down(pipeline, subject)
    pipeline.execute()


def expect(user: str, hand_over: str) -> None:
    """Note that a hand-over is on its way to the user."""
    pipeline = worker_redis().pipeline(transaction=False)
    pipeline.hset(fresh_key(user), f"e:{hand_over}", 1)
    _put_down(pipeline, user)
    pipeline.execute()


def handed_over(visitor: str, hand_over: str) -> Handed | None:
    """Return what the visitor has handed over, or None when that is not known (yet)."""
    raw: Any = worker_redis().hget(fresh_key(visitor), f"h:{hand_over}")
    return _decode_handed(raw) if raw else None


def subjects_in(shard: int, *, kind: str) -> Iterator[list[str]]:
    """Yield the subjects that have something fresh, visitors (`a`) or users (`u`), some at once."""
    batch: list[str] = []
    names = worker_redis().sscan_iter(fresh_subjects_key(shard), count=SUBJECTS_AT_ONCE)
    for name in names:
        subject = name.decode()
        if subject.startswith(f"{kind}:"):
            batch.append(subject)
        if len(batch) == SUBJECTS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def number_of_subjects() -> int:
    """Return how many subjects have something fresh."""
    pipeline = worker_redis().pipeline(transaction=False)
    for shard in range(SHARDS):
        pipeline.scard(fresh_subjects_key(shard))
    return sum(pipeline.execute())


def forget_all() -> None:
    """Delete what was made, also what a job that was killed has left."""
    client = worker_redis()
    for shard in range(SHARDS):
        key = fresh_subjects_key(shard)
        while members := _some(key):
            pipeline = client.pipeline(transaction=False)
            pipeline.unlink(*(fresh_key(member.decode()) for member in members))
            pipeline.srem(key, *members)
            pipeline.execute()


def _some(key: str) -> list[bytes]:
    members: Any = worker_redis().srandmember(key, SUBJECTS_AT_ONCE)
    return list(members)


def _put_down(pipeline: Any, subject: str) -> None:
    pipeline.expire(fresh_key(subject), TTL_SECONDS)
    pipeline.sadd(fresh_subjects_key(shard_of(subject)), subject)
