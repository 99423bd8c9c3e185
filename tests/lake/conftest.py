"""A lake of each test's own, and the events that go into it."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from personalize.events.event import Event


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> Path:
    """Let the site keep a lake in a folder of its own."""
    folder = tmp_path / "lake"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(folder), "LAKE_OPTIONS": {}}
    return folder


def event(number: int = 0, *, subject: str = "a:visitor", **fields: Any) -> Event:
    """Return a numbered event of a subject, a second after the one before."""
    kind, _, name = subject.partition(":")
    who = {"user_id": name} if kind == "u" else {"anonymous_id": name}
    at = 1_790_000_000_000 + number * 1_000
    standard: dict[str, Any] = {
        "type": "track",
        "event": "Product Viewed",
        "message_id": f"m{number}",
        "timestamp": at,
        "received_at": at,
    }
    return Event(**{**standard, **who, **fields})
