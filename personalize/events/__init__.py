"""The event: its wire schema, and the standard names with their properties. Pure; knows no framework."""
