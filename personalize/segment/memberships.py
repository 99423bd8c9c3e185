"""The record of entries and exits: rows of memberships, from what the profiles' writes left."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from personalize.connections import worker_redis
from personalize.models.segment import Membership, Segment
from personalize.models.visitor import Visitor
from personalize.segment.refresh import Transition
from personalize.signals import segment_entered, segment_exited

MOVES_AT_ONCE = 1_000

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Transition).decode


def flush_memberships(aside: str, *, after_batch: Callable[[], object] = lambda: None) -> int:
    """Write the transitions set aside to the database in order and return how many those were.

    They are set aside before the visitors are flushed: a profile's write tells of both, so then
    each of them has a row. Each stay is known by visitor, segment and time of entry, so writing it
    twice, after a crash, does no harm.
    """
    client = worker_redis()
    number = 0
    while moves := _some(aside):
        write_rows([_decode(move) for move in moves])
        client.ltrim(aside, len(moves), -1)
        number += len(moves)
        after_batch()
    return number


def _some(key: str) -> list[bytes]:
    moves: Any = worker_redis().lrange(key, 0, MOVES_AT_ONCE - 1)
    return list(moves)


def write_rows(transitions: Sequence[Transition]) -> None:
    """Write transitions of visitors and segments that exist; the last of each stay counts.

    A stay that ends as it begins is none: its row goes.
    """
    visitors = _keys(Visitor.objects, "subject", {move.subject for move in transitions})
    segments = _keys(Segment.objects, "slug", {move.segment for move in transitions})
    stays = {
        (visitors[move.subject], segments[move.segment], move.entered_at): move
        for move in transitions
        if move.subject in visitors and move.segment in segments
    }
    for (visitor, segment, entered_at), move in stays.items():
        if move.exited_at == entered_at:
            gone = Membership.objects.filter(visitor_id=visitor, segment_id=segment)
            gone.filter(entered_at=_moment(entered_at)).delete()
    rows = [
        Membership(
            visitor_id=visitor,
            segment_id=segment,
            entered_at=_moment(entered_at),
            exited_at=None if move.exited_at is None else _moment(move.exited_at),
        )
        for (visitor, segment, entered_at), move in stays.items()
        if move.exited_at != entered_at
    ]
    entered = [row for row in rows if row.exited_at is None]
    Membership.objects.bulk_create(entered, ignore_conflicts=True)
    Membership.objects.bulk_create(
        [row for row in rows if row.exited_at],
        update_conflicts=True,
        unique_fields=["visitor", "segment", "entered_at"],
        update_fields=["exited_at"],
    )


def _keys(rows, field: str, values: Iterable[str]) -> dict[str, int]:  # type: ignore[no-untyped-def]
    return dict(rows.filter(**{f"{field}__in": values}).values_list(field, "pk"))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def announce(transitions: Iterable[Transition]) -> None:
    """Send the Django signals; a receiver that fails harms nobody else."""
    for move in transitions:
        signal = segment_entered if move.exited_at is None else segment_exited
        at = move.entered_at if move.exited_at is None else move.exited_at
        signal.send_robust(
            Transition,
            subject=move.subject,
            segment=move.segment,
            at=datetime.fromtimestamp(at / 1_000, UTC),
        )
