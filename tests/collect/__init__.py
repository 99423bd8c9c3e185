"""Tests of `personalize.collect`."""
