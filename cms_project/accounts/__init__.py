"""Sign-up, log-in, and the visitor's own page."""
