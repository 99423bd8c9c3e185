"""Tests of what is made anew out of the lake."""
