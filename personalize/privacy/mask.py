"""Mask what may identify a person, so that people can look at events without looking at people."""

import re
from typing import Any

HIDDEN = "•••"
LONGEST = 2_000  # characters: visitors write the texts, and a search may take their square
_EDGE = 100  # what may be half of an address, and is not recognised as one

_PATTERNS = (
    re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),  # e-mail addresses
    re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),  # IPv4
    re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){2,7}:?[0-9a-fA-F]{0,4}\b"),  # IPv6
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),  # IBAN
    re.compile(r"(?<![\w.])\+?\d(?:[ ()/-]{0,2}\d){8,}(?!\w)"),  # telephone and card numbers
)
_PERSONAL_KEYS = frozenset(
    (
        "email", "name", "first_name", "firstname", "last_name", "lastname", "phone", "address",
        "street", "birthday", "password", "token", "username", "userid", "user_id", "anonymousid",
        "anonymous_id", "ip", "userhash",
    )
)  # fmt: skip


def masked(value: Any) -> Any:
    """Return the decoded JSON without what personal keys hold and what looks personal in texts."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {
            key: HIDDEN if _is_personal(key) and child not in ("", None) else masked(child)
            for key, child in value.items()
        }
    return [masked(child) for child in value] if isinstance(value, list) else value


def masked_text(text: str) -> str:
    """Return the text with e-mail and network addresses, account and telephone numbers hidden.

    Of a long text the beginning is returned.
    """
    if len(text) > LONGEST:
        return _hidden(text[:LONGEST])[:-_EDGE] + "…"
    return _hidden(text)


def _hidden(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text


def _is_personal(key: Any) -> bool:
    return str(key).lower() in _PERSONAL_KEYS
