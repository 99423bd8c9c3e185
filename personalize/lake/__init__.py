"""3b. Where history lies: every event that took effect, in a Delta table that queries can read."""
