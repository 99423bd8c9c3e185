"""Profiles in the making: they lie under keys of their own while those of before serve.

The hash has the fields `s` (the profile), `d` (message ids seen), `l` (the last sequence that is in
it), `h:<hand-over>` (what the profile was when it went to a user) and `e:<hand-over>` (what a
visitor has handed to this user, and has not arrived).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from personalize.connections import ask_to_work, worker_redis
from personalize.events.event import Event
from personalize.keys import SHARDS, fresh_key, fresh_subjects_key, shard_of
from personalize.profile import seen as seen_ids
from personalize.profile.profile import Profile, decode, empty_profile, encode
from personalize.profile.seen import Seen

TTL_SECONDS = 7 * 86_400  # what a job that never ended has left goes by itself
SUBJECTS_AT_ONCE = 200
Command = tuple[bytes | str | int, ...]
KINDS = ("a", "u")  # visitors first: what they hand over goes into users


class Handed(msgspec.Struct, array_like=True, frozen=True):
    """A visitor's profile as it was when it went to a user."""

    profile: bytes
    seen: bytes


@dataclass(slots=True)
class Fresh:
    """A subject's profile of the rows up to `sequence`.

    `handed` has what was handed over since it was loaded, by user and hand-over; `expected` the
    hand-overs that have not arrived, `arrived` those that have. `is_kept` tells that it was loaded.
    """

    profile: Profile
    seen: Seen = field(default_factory=Seen)
    sequence: int = 0
    handed: dict[str, Handed] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    is_kept: bool = False


_encode_handed = msgspec.msgpack.Encoder().encode
_decode_handed = msgspec.msgpack.Decoder(Handed).decode


def hand_over_of(event: Event, *, user_id: str) -> str:
    """Return the name of a hand-over: a link and the merge that it caused have the same."""
    return f"{event.anonymous_id} {user_id} {event.timestamp} {event.received_at}"


def load(subjects: Sequence[str]) -> dict[str, Fresh]:
    """Return what there is of each subject, in one round trip; of nobody an empty profile."""
    replies = ask_to_work(*(("HGETALL", fresh_key(subject)) for subject in subjects))
    found = zip(subjects, replies, strict=True)
    return {subject: _read(subject, fields) for subject, fields in found}


def _read(subject: str, reply: list[bytes] | dict[bytes, bytes]) -> Fresh:
    if not reply:
        return Fresh(empty_profile(subject))
    fields = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
    expected = {name[2:].decode() for name in fields if name.startswith(b"e:")}
    if b"s" not in fields:
        return Fresh(empty_profile(subject), expected=expected)
    return Fresh(
        decode(fields[b"s"]),
        seen_ids.decode(fields[b"d"]),
        int(fields[b"l"]),
        expected=expected,
        is_kept=True,
    )


def keep(made: Iterable[Fresh]) -> None:
    """Write what was made, in one round trip."""
    ask_to_work(*(command for fresh in made for command in _commands(fresh)))


def _commands(fresh: Fresh) -> Iterator[Command]:
    key = fresh_key(fresh.profile.subject)
    state = ("s", encode(fresh.profile), "d", seen_ids.encode(fresh.seen), "l", fresh.sequence)
    given: list[bytes | str | int] = []
    for name, each in fresh.handed.items():
        given += (f"h:{name}", _encode_handed(each))
    for name in fresh.expected:
        given += (f"e:{name}", 1)
    yield ("HSET", key, *state, *given)
    if fresh.arrived:
        yield ("HDEL", key, *(f"e:{name}" for name in fresh.arrived))
    if not fresh.is_kept:
        yield from _put_down(fresh.profile.subject)


def expect(user: str, hand_over: str) -> None:
    """Note that a hand-over is on its way to the user."""
    ask_to_work(("HSET", fresh_key(user), f"e:{hand_over}", 1), *_put_down(user))


def handed_over(visitor: str, hand_over: str) -> Handed | None:
    """Return what the visitor has handed over, or None when that is not known (yet)."""
    raw: Any = worker_redis().hget(fresh_key(visitor), f"h:{hand_over}")
    return _decode_handed(raw) if raw else None


def subjects_in(shard: int, *, kind: str) -> Iterator[list[str]]:
    """Yield the subjects that have something fresh, visitors (`a`) or users (`u`), some at once."""
    names = worker_redis().sscan_iter(fresh_subjects_key(shard), count=SUBJECTS_AT_ONCE)
    found = (name.decode() for name in names if name.startswith(f"{kind}:".encode()))
    while batch := list(islice(found, SUBJECTS_AT_ONCE)):
        yield batch


def number_of_subjects() -> int:
    """Return of how many subjects there is something fresh."""
    shards = range(SHARDS)
    return sum(ask_to_work(*(("SCARD", fresh_subjects_key(shard)) for shard in shards)))


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


def _put_down(subject: str) -> tuple[Command, Command]:
    """Return what lists the subject, and lets what is made of it go by itself in the end."""
    key = fresh_subjects_key(shard_of(subject))
    return ("EXPIRE", fresh_key(subject), TTL_SECONDS), ("SADD", key, subject)
