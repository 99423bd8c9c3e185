"""The visitor's rights over all of it: export and erasure."""
