"""The statistics that decisions and results rest on. Pure; knows no framework."""
