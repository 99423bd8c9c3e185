"""The event: its wire schema, the standard names and their properties. Pure: no framework."""
