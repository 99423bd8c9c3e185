"""The rule language: parsed, compiled to predicates, explained in words. Pure: no framework."""
