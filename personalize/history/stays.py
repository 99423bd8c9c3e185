"""The record of stays in segments, held against the profiles."""

from collections.abc import Iterable, Mapping, Sequence

from personalize.connections import worker_redis
from personalize.keys import dirty_key, shard_of
from personalize.models.segment import Membership
from personalize.models.visitor import Visitor
from personalize.profile.profile import Profile
from personalize.segment import memberships
from personalize.segment.refresh import Transition

Stays = Mapping[str, int]


def open_stays(subjects: Sequence[str]) -> dict[str, Stays]:
    """Return since when each subject is in which segment by the database (two queries).

    Who has no row, or a row that is about to be written, is left out.
    """
    waiting = _waiting(subjects)
    known = Visitor.objects.filter(subject__in=[each for each in subjects if each not in waiting])
    stays: dict[str, dict[str, int]] = {
        subject: {} for subject in known.values_list("subject", flat=True)
    }
    rows = Membership.objects.filter(visitor__subject__in=stays, exited_at=None)
    for subject, slug, entered_at in rows.values_list(
        "visitor__subject", "segment__slug", "entered_at"
    ):
        stays[subject][slug] = round(entered_at.timestamp() * 1_000)
    return dict(stays)


def corrections(profile: Profile, stays: Stays | None, *, now: int) -> list[bytes]:
    """Return the moves that make the record say what the profile does; none for an unknown one."""
    if stays is None or profile.merged_into:
        return []
    subject = profile.subject
    exits = [
        Transition(subject, slug, at, now)
        for slug, at in stays.items()
        if slug not in profile.segments
    ]
    entries = [
        Transition(subject, slug, at) for slug, at in profile.segments.items() if slug not in stays
    ]
    return [memberships.encode(move) for move in [*exits, *entries]]


def _waiting(subjects: Iterable[str]) -> set[str]:
    """Return the subjects whose rows are out of date: the next flush writes what is missing."""
    asked = list(subjects)
    pipeline = worker_redis().pipeline(transaction=False)
    for subject in asked:
        key = dirty_key(shard_of(subject))
        pipeline.sismember(key, subject)
        pipeline.sismember(f"{key}:flushing", subject)
    replies = pipeline.execute()
    return {
        subject
        for subject, one, other in zip(asked, replies[::2], replies[1::2], strict=True)
        if one or other
    }
