"""Did it help, and does it run: counts, exposures, health."""
