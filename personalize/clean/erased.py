"""The tombstones: subjects whose data was erased, known by a hash alone, and never taken again.

The rows of `Erasure` are the truth; a set in Redis answers for a whole batch in one command.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from django.conf import settings as django_settings

from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.models.consent import Erasure

KEY = "px:erased"
LOADED = "loaded"  # a member that no hash can be: the set holds every row


def hash_subject(subject: str) -> str:
    """Return what is kept of an erased subject; keyed, so that ids cannot be guessed from it."""
    key = f"personalize.erased{django_settings.SECRET_KEY}".encode()
    return hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()


def bury(subject: str) -> None:
    """Refuse the subject from now on: first in the database, then at once in every worker."""
    tombstone = hash_subject(subject)
    Erasure.objects.get_or_create(subject_hash=tombstone)
    worker_redis().sadd(KEY, tombstone)


def without_erased(events: Sequence[Event]) -> list[Event]:
    """Return the events whose subject was not erased, in order."""
    if not events:
        return []
    subjects = {event.subject for event in events}
    hashes = {subject: hash_subject(subject) for subject in subjects}
    is_loaded, *answers = _ask([LOADED, *hashes.values()])
    if not is_loaded:
        _load()
        _, *answers = _ask([LOADED, *hashes.values()])
    erased = {subject for subject, answer in zip(hashes, answers, strict=True) if answer}
    return [event for event in events if event.subject not in erased] if erased else list(events)


def is_erased(subject: str) -> bool:
    """Return whether the subject was erased, by the database."""
    return Erasure.objects.filter(subject_hash=hash_subject(subject)).exists()


def _ask(members: list[str]) -> list[int]:
    answers: Any = worker_redis().smismember(KEY, members)
    return list(answers)


def _load() -> None:
    """Fill the set from the database: the first time, and after Redis has lost its memory."""
    rows = Erasure.objects.values_list("subject_hash", flat=True)
    worker_redis().sadd(KEY, LOADED, *rows.iterator())
