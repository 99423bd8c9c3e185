"""Pages with slots, for the tests of the plugins."""

from tests.journeys.conftest import editor, plain

__all__ = ["editor", "plain"]
