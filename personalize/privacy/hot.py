"""A person's share of Redis: read for the export, removed by the erasure."""

from typing import Any

import msgspec

from personalize.connections import worker_redis
from personalize.profile.profile import Profile, decode


def read_profile(subject: str) -> Profile | None:
    """Return the profile, or None when there is none."""
    state = worker_redis().hget(profile_key(subject), "s")
    return decode(state) if state else None


def read_timeline(subject: str) -> list[Any]:
    """Return the latest events, newest first, as they are kept."""
    entries = worker_redis().lrange(timeline_key(subject), 0, -1)
    return [msgspec.msgpack.decode(entry) for entry in entries]


def remove(subjects: list[str]) -> int:
    """Delete the profiles and timelines; return how many keys there were."""
    keys = [key for subject in subjects for key in (profile_key(subject), timeline_key(subject))]
    if not keys:
        return 0
    pipeline = worker_redis().pipeline()
    pipeline.delete(*keys)
    pipeline.zrem("px:due", *subjects)
    return int(pipeline.execute()[0])


def profile_key(subject: str) -> str:
    """Return the key of a subject's profile."""
    return f"px:v:{{{subject}}}"


def timeline_key(subject: str) -> str:
    """Return the key of a subject's latest events."""
    return f"px:t:{{{subject}}}"
