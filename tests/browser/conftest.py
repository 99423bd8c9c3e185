"""A site for the tracker to run on."""

from collections.abc import Iterator

import pytest

from tests.browser.recorder import Recorder


@pytest.fixture
def site() -> Iterator[Recorder]:
    """A small site whose endpoint records what the tracker sends."""
    recorder = Recorder()
    yield recorder
    recorder.stop()
