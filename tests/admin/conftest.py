"""People at the admin: each with exactly the permissions that a test names."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import UserFactory
from tests.servers import free_port


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a client logged in with the named permissions."""

    def log_in(*permissions: str, is_superuser: bool = False) -> Client:
        client = Client()
        client.force_login(UserFactory(permissions=permissions, is_superuser=is_superuser))
        return client

    return log_in


@pytest.fixture
def owner(staff: Callable[..., Client]) -> Client:
    """Return a client that may do everything."""
    return staff(is_superuser=True)


@pytest.fixture
def no_redis(settings: Settings) -> None:
    """Let Redis be where nobody answers."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": url}
