"""Each misconfiguration yields exactly one message, with its fix (U24)."""
