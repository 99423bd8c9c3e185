"""Showing it: writes slots and holes into pages, fills the holes of finished pages."""
