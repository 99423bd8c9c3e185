"""Sampled decisions: noted by pages in memory, handed over by a thread, stored by a worker.

Only with consent to analytics, as events are. `decide.record` is what a sample holds.
"""

import random
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from redis.exceptions import RedisError

from personalize.clean.erased import refused_until
from personalize.conf import settings
from personalize.connections import collect_redis, worker_redis
from personalize.decide import record as records
from personalize.decide.decision import Decision
from personalize.decide.record import Record
from personalize.metrics import count
from personalize.models.decision_sample import DecisionSample

KEY = "px:samples"
WAITING = 2_000  # in a process, and ten times as many in Redis: more are not worth the room
AT_ONCE = 500
LONGEST = 100_000  # bytes of one sample: a rule may hold a long list


class Sample(msgspec.Struct, array_like=True):
    """One decision on its way to the database; `at` is in milliseconds."""

    uuid: str
    subject: str
    path: str
    at: int
    plan_version: int | None
    decision: tuple[str, str | None, str, str | None, str | None]
    record: bytes

    def row(self) -> DecisionSample:
        """Return the row."""
        slot, variant, reason, experiment, arm = self.decision
        return DecisionSample(
            uuid=self.uuid,
            subject=self.subject,
            path=self.path[:512].replace("\x00", ""),  # anybody may ask for /%00
            slot=slot[:100],
            variant=(variant or "")[:100],
            reason=reason,
            experiment=(experiment or "")[:100],
            arm=(arm or "")[:40],
            plan_version=self.plan_version,
            decided_at=datetime.fromtimestamp(self.at / 1_000, UTC),
            record=self.record,
        )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Sample).decode
_waiting: deque[bytes] = deque(maxlen=WAITING)


def is_due() -> bool:
    """Return whether this page view is one of those sampled."""
    share = settings().DECISION_SAMPLE_PERCENT
    return share > 0 and random.random() * 100 < share  # noqa: S311 - no secret


def note_decisions(
    made: Iterable[tuple[Record, Decision]], *, subject: str, path: str, plan_version: int | None
) -> None:
    """Keep what one page decided, with what it rests on; costs a page no I/O."""
    for record, decision in made:
        try:
            sample = Sample(
                uuid4().hex,
                subject,
                path,
                record.at,
                plan_version,
                decision[:5],
                records.encode(record),
            )
            encoded = _encode(sample)
        except (TypeError, ValueError, OverflowError):  # a fact that msgpack has no form for
            count("samples.unencodable")
            continue
        if len(encoded) <= LONGEST:
            _waiting.append(encoded)


def push() -> None:
    """Hand over what this process has noted; what Redis does not take is not missed."""
    if not _waiting:
        return
    fresh = [_waiting.popleft() for _ in range(len(_waiting))]
    try:
        pipeline = collect_redis().pipeline()
        pipeline.rpush(KEY, *fresh)
        pipeline.ltrim(KEY, -10 * WAITING, -1)
        pipeline.execute()
    except (RedisError, OSError):
        count("samples.lost", len(fresh))


def flush_samples() -> int:
    """Store what waits, but nothing of those who were erased; return how many rows it were.

    A flush that dies is done again, and what it had stored is known by its uuid.
    """
    number = 0
    while raw := _oldest():
        samples = [sample for each in raw if (sample := _read(each))]
        subjects = list({each.subject for each in samples})
        until = refused_until(subjects)
        rows = [each.row() for each in samples if each.at >= until[each.subject]]
        DecisionSample.objects.bulk_create(rows, ignore_conflicts=True)
        # An erasure that began since has looked for rows, perhaps before these were there.
        erased = [each for each, at in refused_until(subjects).items() if at != until[each]]
        DecisionSample.objects.filter(subject__in=erased).delete()
        worker_redis().ltrim(KEY, len(raw), -1)
        number += len(rows)
    return number


def forget_waiting() -> None:
    """Drop what this process has noted: for tests."""
    _waiting.clear()


def _read(raw: bytes) -> Sample | None:
    """Return the sample, or None for one that another release has written otherwise."""
    try:
        return _decode(raw)
    except msgspec.MsgspecError:
        count("samples.unreadable")
        return None


def _oldest() -> list[bytes]:
    raw: Any = worker_redis().lrange(KEY, 0, AT_ONCE - 1)
    return list(raw)
