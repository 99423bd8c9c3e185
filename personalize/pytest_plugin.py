"""Fixtures for the tests of sites; pytest finds them where the package is installed."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def captured_events() -> Iterator[Any]:
    """The events that the site takes in during the test: a list that grows."""
    from personalize.testing import capture_events  # noqa: PLC0415  # Django is set up only now

    with capture_events() as events:
        yield events


@pytest.fixture
def see_as() -> Iterator[Any]:
    """Let pages be seen, from the call to the end of the test, by who is in these segments."""
    from contextlib import ExitStack  # noqa: PLC0415

    from personalize.testing import override_segments  # noqa: PLC0415

    with ExitStack() as stack:

        def seen_by(*slugs: str) -> None:
            stack.enter_context(override_segments(*slugs))

        yield seen_by
