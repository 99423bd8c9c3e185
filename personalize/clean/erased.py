"""The tombstones: subjects whose data was erased, known by a hash alone, and not taken again.

The rows of `Erasure` are the truth; a hash in Redis answers for a whole batch in one command. A
user who logs in with consent after the erasure is welcome again: their tombstone is lifted, and
refuses from then on only what was received before.
"""

import hmac
from collections.abc import Sequence
from typing import Any

from django.conf import settings as django_settings
from django.utils import timezone

from personalize.connections import collect_redis, worker_redis
from personalize.events.event import Event
from personalize.models.consent import Erasure

KEY = "px:tombstones"
LOADED = "loaded"  # a field that no subject's hash can be: the hash holds every row
FOR_EVER = 2**63


def hash_subject(subject: str) -> str:
    """Return what is kept of an erased subject; keyed, so that ids cannot be guessed from it."""
    return _hashed(subject, _keys()[0])


def hashes_of(subject: str) -> list[str]:
    """Return the subject's hash under the present key, and those under the keys before it."""
    return [_hashed(subject, key) for key in _keys()]


def bury(subject: str) -> None:
    """Refuse the subject from now on: first in the database, then at once in every worker."""
    tombstone = hash_subject(subject)
    fresh = {"erased_at": timezone.now(), "lifted_at": None}
    Erasure.objects.update_or_create(subject_hash=tombstone, defaults=fresh)
    collect_redis().hset(KEY, tombstone, FOR_EVER)


def lift(subject: str) -> bool:
    """Take what comes in of the subject from now on; return whether it had been refused.

    First in Redis: when it does not answer nothing is changed, and the caller may try again.
    """
    tombstones = Erasure.objects.filter(subject_hash__in=hashes_of(subject), lifted_at=None)
    hashes = list(tombstones.values_list("subject_hash", flat=True))
    if not hashes:
        return False
    now = timezone.now()
    collect_redis().hset(KEY, mapping=dict.fromkeys(hashes, _milliseconds(now)))
    tombstones.update(lifted_at=now)
    return True


def without_erased(events: Sequence[Event]) -> list[Event]:
    """Return the events that no tombstone of their subject refuses, in order."""
    if not events:
        return []
    subjects = [event.subject for event in events]
    until = refused_until(list(set(subjects)))
    return [
        event
        for event, subject in zip(events, subjects, strict=True)
        if event.received_at >= until[subject]
    ]


def refused_until(subjects: list[str]) -> dict[str, int]:
    """Return for each subject the moment before which nothing of theirs is taken, or 0."""
    keys = _keys()
    hashes = [[_hashed(subject, key) for key in keys] for subject in subjects]
    asked = [LOADED, *(each for some in hashes for each in some)]
    is_loaded, *answers = _ask(asked)
    if not is_loaded:
        _load()
        _, *answers = _ask(asked)
    moments = iter(answers)
    return {
        subject: max(int(next(moments) or 0) for _ in some)
        for subject, some in zip(subjects, hashes, strict=True)
    }


def _keys() -> list[bytes]:
    secrets = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return [f"personalize.erased{secret}".encode() for secret in secrets]


def _hashed(subject: str, key: bytes) -> str:
    return hmac.digest(key, subject.encode(), "sha256").hex()


def _ask(fields: list[str]) -> list[bytes | None]:
    answers: Any = worker_redis().hmget(KEY, fields)
    return list(answers)


def _load() -> None:
    """Fill the hash from the database: the first time, and after Redis has lost its memory."""
    rows = Erasure.objects.values_list("subject_hash", "lifted_at")
    until: dict[Any, Any] = {LOADED: 1}
    until |= {name: _milliseconds(lifted) if lifted else FOR_EVER for name, lifted in rows}
    worker_redis().hset(KEY, mapping=until)


def _milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1_000)
