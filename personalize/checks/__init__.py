"""System checks: every misconfiguration that would break a promise, with its fix in the hint."""
