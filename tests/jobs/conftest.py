"""Jobs, and the means to do them without a worker."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.lake.conftest import lake

__all__ = ["lake"]


@pytest.fixture
def exports(settings: Settings, tmp_path: Path) -> Path:
    """Let exports go to a folder of the test's own."""
    folder = tmp_path / "exports"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "EXPORT_URL": str(folder)}
    return folder
