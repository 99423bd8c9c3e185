"""Tests of `personalize.views`."""
