"""Tests of `personalize.stream`."""
