"""A site with a lake, whose visitors have a random history through the real pipeline."""

from tests.lake.conftest import lake  # noqa: F401  # a fixture
