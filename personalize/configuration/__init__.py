"""The editors' configuration as JSON: out of one site, into another, by names that both know."""
