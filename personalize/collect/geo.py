"""The country of a network, from a MaxMind database file that the site supplies."""

import os
import shutil
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import maxminddb

from personalize import metrics
from personalize.conf import settings

LOOK_AGAIN_SECONDS = 5.0


@dataclass(slots=True)
class _Opened:
    path: str = ""
    modified_at: float = 0.0
    look_again_at: float = 0.0
    reader: maxminddb.Reader | None = None


_opened = _Opened()


def country_of(network: str) -> str:
    """Return the ISO code of the network's country in capitals; empty when it cannot be told.

    The file is opened anew when it has changed. A missing or broken one leaves the last good one in
    use, and is counted as `geo.unavailable`.
    """
    reader = _current(time.monotonic())
    return _look_up(reader, network) if reader and network else ""


def _current(now: float) -> maxminddb.Reader | None:
    path = settings().GEO_DATABASE
    if path != _opened.path:
        _opened.path, _opened.reader, _opened.modified_at, _opened.look_again_at = (
            path,
            None,
            0.0,
            0.0,
        )
    if path and now >= _opened.look_again_at:
        _opened.look_again_at = now + LOOK_AGAIN_SECONDS
        _open_if_changed(path)
    return _opened.reader


def _open_if_changed(path: str) -> None:
    try:
        modified_at = os.stat(path).st_mtime
        if modified_at != _opened.modified_at:
            _opened.reader = _mapped_copy(path)
            _opened.modified_at = modified_at
            _look_up.cache_clear()
    except (OSError, ValueError, maxminddb.InvalidDatabaseError):
        metrics.count("geo.unavailable")


def _mapped_copy(path: str) -> maxminddb.Reader:
    """Open a copy that nobody else knows: to overwrite a mapped file ends who reads it (SIGBUS)."""
    with NamedTemporaryFile(suffix=".mmdb") as copy, Path(path).open("rb") as given:
        shutil.copyfileobj(given, copy)
        copy.flush()
        return maxminddb.open_database(copy.name)


@lru_cache(maxsize=16_384)
def _look_up(reader: maxminddb.Reader, network: str) -> str:
    try:
        found: Any = reader.get(network)
    except (ValueError, maxminddb.InvalidDatabaseError):
        return ""
    country = found.get("country") if isinstance(found, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code if isinstance(code, str) else ""
