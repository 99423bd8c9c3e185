"""The standing cast, and a clean Redis for every test."""

from collections.abc import Iterator

import pytest

from personalize.connections import worker_redis


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """Start every test with an empty Redis and an empty cache."""
    worker_redis().flushdb()
    yield
