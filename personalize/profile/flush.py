"""From hot profiles to rows of visitors: what search and reports see, a minute behind."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from redis.exceptions import ResponseError

from personalize import metrics
from personalize.conf import settings
from personalize.connections import worker_redis
from personalize.keys import SHARDS, dirty_key
from personalize.models.visitor import Visitor
from personalize.profile.isolate import isolating
from personalize.profile.profile import Profile
from personalize.profile.store import erased_among, read_profiles

log = logging.getLogger(__name__)

SUBJECTS_AT_ONCE = 500
_COPIED = ["user", "first_seen_at", "last_seen_at", "events", "sessions", "traits", "context"]


def aside_of(key: str) -> str:
    """Return the name under which lies what a flush is moving."""
    return f"{key}:flushing"


def set_aside(key: str) -> str:
    """Rename what gathers under `key`, return the new name; what a dead flush left comes first."""
    aside = aside_of(key)
    client = worker_redis()
    if not client.exists(aside):
        try:
            client.renamenx(key, aside)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
    return aside


def flush_visitors(*, after_batch: Callable[[], object] = lambda: None) -> int:
    """Write the profiles that changed to the database and return how many those were.

    A subject is taken off the list after its row is committed, so that nothing is left out when the
    process dies; to write a row twice does no harm.
    """
    return sum(_flush_shard(dirty_key(shard), after_batch) for shard in range(SHARDS))


def _flush_shard(key: str, after_batch: Callable[[], object]) -> int:
    client = worker_redis()
    number = 0
    for _ in range(2):  # what a dead flush has left, then what has gathered since
        aside = set_aside(key)
        while members := _some(aside):
            subjects = [member.decode() for member in members]
            write_rows(read_profiles(subjects))
            # Who was erased since they were read: an erasure that comes later finds the rows.
            Visitor.objects.filter(subject__in=erased_among(subjects)).delete()
            client.srem(aside, *members)
            number += len(members)
            after_batch()
    return number


def prune_visitors(*, now: datetime) -> int:
    """Delete the rows of visitors whose profiles have expired; return how many they were."""
    oldest = now - timedelta(days=settings().PROFILE_TTL_DAYS)
    expired = Visitor.objects.filter(flushed_at__lt=oldest).order_by("pk").values_list("pk")
    number = 0
    while batch := [pk for (pk,) in expired[:SUBJECTS_AT_ONCE]]:
        Visitor.objects.filter(pk__in=batch, flushed_at__lt=oldest).delete()
        number += len(batch)
    return number


def write_rows(profiles: Sequence[Profile]) -> None:
    """Copy the profiles into rows. Mere bots have none, nor has a visitor who became a user."""
    merged = [profile.subject for profile in profiles if profile.merged_into]
    if merged:
        Visitor.objects.filter(subject__in=merged).delete()
    people = [each for each in profiles if each.events and not each.merged_into]
    isolating(_write, people, failed=_left_out)


@transaction.atomic
def _write(people: Sequence[Profile]) -> list[Visitor]:
    users = _known_users(people)
    return Visitor.objects.bulk_create(
        [_row(profile, users) for profile in people],
        update_conflicts=True,
        unique_fields=["subject"],
        update_fields=[*_COPIED, "is_bot", "flushed_at"],
    )


def _left_out(profile: Profile, error: Exception) -> None:
    """Go on without a row that the database refuses: the profile is in Redis as before."""
    metrics.count("flush.row_failed")
    log.error("A profile has no row: %s", type(error).__name__)


def _some(key: str) -> list[bytes]:
    members: Any = worker_redis().srandmember(key, SUBJECTS_AT_ONCE)
    return list(members)


def _row(profile: Profile, users: set[str]) -> Visitor:
    return Visitor(
        subject=profile.subject,
        user_id=profile.user_id if profile.user_id in users else None,
        first_seen_at=_moment(profile.first_seen_at),
        last_seen_at=_moment(profile.last_seen_at),
        events=profile.events,
        sessions=profile.session_count,
        traits=profile.traits,
        context=profile.context,
        is_bot=profile.is_bot,
        flushed_at=datetime.now(UTC),
    )


def _known_users(profiles: Iterable[Profile]) -> set[str]:
    """Return which ids are keys of Django's users: a trusted source may use names of its own."""
    field = get_user_model()._meta.pk
    keys = set()
    for user_id in {profile.user_id for profile in profiles} - {""}:
        with suppress(ValidationError, ValueError, OverflowError):
            key = field.to_python(user_id)
            field.run_validators(key)  # also whether it is in the range of the column
            keys.add(key)
    return {
        str(key)
        for key in get_user_model().objects.filter(pk__in=keys).values_list("pk", flat=True)
    }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
