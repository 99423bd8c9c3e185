"""The markers of holes: what a slot writes into a stored page, so that the middleware can fill it.

`<!--px<key><kind>:<payload>-->`, where the key is derived from SECRET_KEY, so that content cannot
forge one, and the payload is JSON in base64, so that no byte of it ends the comment.
"""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.core.signals import setting_changed

PREFIX = b"<!--px"

SLOT, VARIANT, TRAIT = "s", "v", "t"
CLOSE = "/"

_TOKEN = re.compile(rb"<!--px([0-9a-f]{16})(/?[a-z]):([A-Za-z0-9+/=]*)-->")


class Token(NamedTuple):
    """A marker found in a page: where it is, what it opens or closes, and whether it is genuine."""

    start: int
    end: int
    kind: str
    payload: bytes
    is_genuine: bool
    key: bytes


def opening(kind: str, payload: Mapping[str, Any]) -> str:
    """Return the marker that opens a slot or variant, or stands for a merge tag."""
    return f"<!--px{_keys()[0]}{kind}:{_encoded(payload)}-->"


def closing(kind: str) -> str:
    """Return the marker that closes a slot or variant."""
    return f"<!--px{_keys()[0]}{CLOSE}{kind}:-->"


def tokens(content: bytes) -> Iterator[Token]:
    """Yield the markers of a page in order, those of foreign keys too."""
    keys = _genuine()
    for match in _TOKEN.finditer(content):
        key, kind, payload = match.groups()
        yield Token(match.start(), match.end(), kind.decode(), payload, key in keys, key)


def is_holed(content: bytes) -> bool:
    """Return whether the content has markers; on nearly all content, one search for a few bytes."""
    return PREFIX in content and _TOKEN.search(content) is not None


def has_holes_of_ours(content: bytes) -> bool:
    """Return whether one of the markers is genuine."""
    return PREFIX in content and any(token.is_genuine for token in tokens(content))


def payload_of(encoded: bytes) -> dict[str, Any]:
    """Return what a genuine marker says."""
    payload: dict[str, Any] = json.loads(b64decode(encoded))
    return payload


def _encoded(payload: Mapping[str, Any]) -> str:
    return b64encode(json.dumps(payload, separators=(",", ":")).encode()).decode()


def _digest(secret: str, *parts: str) -> str:
    message = "\0".join(("personalize", *parts)).encode()
    return hmac.new(secret.encode(), message, "sha256").hexdigest()


def _secrets() -> list[str]:
    return [str(django_settings.SECRET_KEY), *map(str, django_settings.SECRET_KEY_FALLBACKS)]


@lru_cache(maxsize=1)
def _keys() -> tuple[str, ...]:
    # Pages stored before a rotation of SECRET_KEY stay readable through the fallbacks.
    return tuple(_digest(secret, "marker")[:16] for secret in _secrets())


@lru_cache(maxsize=1)
def _genuine() -> frozenset[bytes]:
    return frozenset(key.encode() for key in _keys())


def _forget(*, setting: str, **_: Any) -> None:
    if setting in ("SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        _keys.cache_clear()
        _genuine.cache_clear()


setting_changed.connect(_forget)
