"""Callers of the management API, each with exactly the permissions that a test names."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.admin.conftest import no_redis
from tests.factories import UserFactory

__all__ = ["no_redis"]


@pytest.fixture
def caller(db: None) -> Callable[..., APIClient]:
    """Return a client authenticated with the named permissions."""

    def authenticated(*permissions: str, is_superuser: bool = False) -> APIClient:
        client = APIClient()
        client.force_authenticate(UserFactory(permissions=permissions, is_superuser=is_superuser))
        return client

    return authenticated


@pytest.fixture
def owner(caller: Callable[..., APIClient]) -> APIClient:
    """Return a client that may do everything."""
    return caller(is_superuser=True)
