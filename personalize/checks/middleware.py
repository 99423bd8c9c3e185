"""Checks of the middleware: outside of every cache, inside of what compresses and compares."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings as site
from django.core.checks import CheckMessage, Error, Warning
from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.module_loading import import_string

from personalize.checks.register import checked
from personalize.conf import Settings

MIDDLEWARE = "personalize.middleware.PersonalizeMiddleware"


def _middleware() -> list[tuple[str, Any]]:
    """Each listed path with what it names; Django itself reports a path that cannot be imported."""
    found: list[tuple[str, Any]] = []
    for path in site.MIDDLEWARE:
        try:
            found.append((path, import_string(path)))
        except ImportError:
            found.append((path, None))
    return found


def _is_any(middleware: Any, *kinds: type) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, kinds)


@checked()
def check_middleware(conf: Settings) -> Iterator[CheckMessage]:
    """E006 to E009, W005: the middleware is there, and where stored pages stay impersonal."""
    if MIDDLEWARE not in site.MIDDLEWARE:
        yield Error(
            "PersonalizeMiddleware is not in MIDDLEWARE: no cached page is personalised.",
            hint=f"Add {MIDDLEWARE!r} after GZip and ConditionalGet, before the rest.",
            id="personalize.E006",
        )
        return
    listed = _middleware()
    place = [path for path, _ in listed].index(MIDDLEWARE)
    yield from _outside(listed[:place])
    yield from _inside(listed[place + 1 :])


def _outside(listed: list[tuple[str, Any]]) -> Iterator[CheckMessage]:
    for path, middleware in listed:
        if _is_any(middleware, UpdateCacheMiddleware, FetchFromCacheMiddleware):
            yield Error(
                f"{path} stands before PersonalizeMiddleware: it would store one visitor's page "
                "and show it to others.",
                hint=f"Move {MIDDLEWARE!r} before every cache middleware.",
                id="personalize.E007",
            )


def _inside(listed: list[tuple[str, Any]]) -> Iterator[CheckMessage]:
    for path, middleware in listed:
        if _is_any(middleware, GZipMiddleware):
            yield Error(
                f"{path} stands after PersonalizeMiddleware, which finds no slots in gzip.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.E008",
            )
        elif _is_any(middleware, ConditionalGetMiddleware):
            yield Error(
                f"{path} stands after PersonalizeMiddleware: it would call a page unchanged "
                "whose variants have changed.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.E009",
            )
        elif "minif" in path.lower():
            yield Warning(
                f"{path} stands after PersonalizeMiddleware and may remove its markers.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.W005",
            )
