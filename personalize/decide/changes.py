"""Notice a change of the configuration that nobody could tell of: Redis was away, or SQL did it."""

from hashlib import blake2b
from typing import Any

from personalize.connections import worker_redis
from personalize.models import (
    Arm,
    CleaningPolicy,
    EventDefinition,
    Experiment,
    PropertyStatistics,
    Segment,
    Slot,
    Trait,
    Variant,
)
from personalize.profile.store import bump_plan_version, current_plan_version

NOTED_KEY = "px:plan:noted"
MODELS = (Segment, Slot, Variant, Experiment, Arm, Trait, CleaningPolicy, PropertyStatistics)
# Of the registry's rows, what is not counted.
DECLARED = ("pk", "name", "status", "properties")


def bump_if_unnoticed() -> bool:
    """Bump the plan's version when rows changed since the last look, but the version did not."""
    client, digest, version = worker_redis(), _digest(), current_plan_version()
    noted: Any = client.hgetall(NOTED_KEY)
    is_unnoticed = bool(noted) and noted[b"digest"] != digest and int(noted[b"version"]) == version
    if is_unnoticed:
        bump_plan_version()
        version = current_plan_version()
    client.hset(NOTED_KEY, mapping={"digest": digest, "version": version})
    return is_unnoticed


def _digest() -> bytes:
    digest = blake2b(digest_size=16)
    for model in MODELS:
        for row in model.objects.order_by("pk").values_list().iterator():
            digest.update(repr(row).encode())
    for declared in EventDefinition.objects.order_by("pk").values_list(*DECLARED).iterator():
        digest.update(repr(declared).encode())
    return digest.hexdigest().encode()
