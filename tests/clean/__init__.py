"""Tests of `personalize.clean`."""
