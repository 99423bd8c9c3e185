"""Counts for somebody who still writes the rule: a first number at once, the whole one after it.

The first is of a fair sample. The whole one asks everybody, but only while it is still wanted: with
each count, the editor's session notes the number it has `asked` last.
"""

import time
from collections.abc import Callable

from redis.exceptions import RedisError

from personalize import keys
from personalize.conf import settings
from personalize.connections import collect_redis
from personalize.rules.syntax import Group
from personalize.segment.compiled import load_segments
from personalize.segment.counts import (
    Patience,
    RuleCount,
    count_in_lake,
    count_in_profiles,
    is_of_lake,
    known_people,
)

FIRST = Patience(most=2_000, seconds=0.3)
FIRST_OF_LAKE_SECONDS = 1.0
WHOLE_SECONDS = 5.0
MOST_PROFILES = 100_000  # of more visitors the lake, where there is one, answers sooner
ASKED_SECONDS = 120


def first_count(
    rule: Group, *, is_wanted: Callable[[], bool] = lambda: True, now: int | None = None
) -> RuleCount:
    """Return the count of a fair sample, which takes less than half a second.

    What the profiles have not counted yet is asked of a part of the lake, or of all of a small one.
    """
    now = _now() if now is None else now
    if is_of_lake(rule, now=now):
        patience = Patience(most=FIRST.most, seconds=FIRST_OF_LAKE_SECONDS, is_wanted=is_wanted)
        return _count_of_lake(rule, now, patience)
    return count_in_profiles(rule, segments=load_segments(), now=now, patience=FIRST)


def whole_count(
    rule: Group, *, is_wanted: Callable[[], bool] = lambda: True, now: int | None = None
) -> RuleCount:
    """Return the count of everybody; of a sample only when the time is over or nobody wants it."""
    now = _now() if now is None else now
    patience = Patience(seconds=WHOLE_SECONDS, is_wanted=is_wanted)
    if is_of_lake(rule, now=now):
        return _count_of_lake(rule, now, patience)
    segments = load_segments()
    if settings().LAKE_URL and known_people().count() > MOST_PROFILES:
        counted = count_in_lake(rule, segments=segments, now=now, patience=patience)
        if counted:
            return counted
    return count_in_profiles(rule, segments=segments, now=now, patience=patience)


def _count_of_lake(rule: Group, now: int, patience: Patience) -> RuleCount:
    """Return the lake's count; without one nothing is known, and the profiles would say nobody."""
    counted = count_in_lake(rule, segments=load_segments(), now=now, patience=patience)
    return counted or RuleCount(0, 0, is_sample=True, known=known_people().count())


def _now() -> int:
    return time.time_ns() // 1_000_000


def note_asked(editor: str, *, asked: int) -> Callable[[], bool]:
    """Note what an editor's session asks, and return what tells whether it has asked nothing since.

    Without an answer of Redis, everything stays wanted.
    """
    key = keys.asked_key(editor)
    collect_redis().set(key, asked, ex=ASKED_SECONDS)

    def is_wanted() -> bool:
        try:
            return bool(collect_redis().get(key) == str(asked).encode())
        except (RedisError, OSError):
            return True

    return is_wanted
