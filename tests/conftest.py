"""The standing cast, and a clean Redis and cache for every test."""

import pytest
from django.core.cache import caches

from personalize.connections import worker_redis


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """Start every test with an empty Redis and empty caches."""
    worker_redis().flushdb()
    for cache in caches.all():
        cache.clear()
