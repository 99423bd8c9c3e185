"""Tests of `personalize.clients`."""
