"""What we know of a visitor: folds clean events into the profile, and keeps it in Redis."""
