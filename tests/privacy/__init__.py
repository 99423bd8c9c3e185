"""Tests of `personalize.privacy`."""
