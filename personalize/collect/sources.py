"""Clients that prove themselves with a write key: found by its hash, remembered for seconds."""

import base64
import time

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from personalize import metrics
from personalize.collect.refusal import Refused
from personalize.models.source import Source, hash_key

REMEMBER_SECONDS = 5.0
REMEMBER_KEYS = 1_000

_known: dict[str, tuple[float, Source | None]] = {}


def key_in_header(request: HttpRequest) -> str:
    """Return the write key that came as the user name of Basic authentication, or nothing."""
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode()
    except ValueError as error:  # not base64, or not text
        raise Refused(401, "Expected Basic authentication.", field="Authorization") from error
    return decoded.partition(":")[0]


def source_of(write_key: str) -> Source:
    """Return the active source with this key, or refuse: 401."""
    source = _find(hash_key(write_key))
    if source is None:
        raise Refused(401, "No source has this write key.", field="writeKey")
    if not source.is_active:
        raise Refused(401, f"The source {source.name!r} is not active.", field="writeKey")
    return source


def _find(key_hash: str) -> Source | None:
    """Look the key up; a wrong key is remembered too, so that guessing costs no queries.

    What is remembered holds for as long as the database does not answer.
    """
    now = time.monotonic()
    remembered = _known.get(key_hash)
    if remembered and remembered[0] > now:
        return remembered[1]
    try:
        source = Source.objects.filter(key_hash=key_hash).first()
    except (DatabaseError, InterfaceError):
        if remembered is None:
            raise
        metrics.count("collect.sources_unavailable")
        source = remembered[1]
    if len(_known) >= REMEMBER_KEYS:
        _known.clear()
    _known[key_hash] = (now + REMEMBER_SECONDS, source)
    return source


def forget_sources() -> None:
    """Look every key up again: for the process that changes a source, and for tests."""
    _known.clear()
