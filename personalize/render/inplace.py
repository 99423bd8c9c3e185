"""Fill holes where they are written, for requests without the middleware: never to be cached."""

import time

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from personalize.render.fill import fill, without_variants
from personalize.render.slots import is_filled_later
from personalize.render.visit import Visit, visit_of


def finished(markup: str, *, request: HttpRequest | None, may_decide: bool = True) -> SafeString:
    """Return the markup as it is, if the middleware fills it, else filled.

    Without a request, or where a cache could store it (`may_decide` is false), defaults are shown.
    """
    if request is not None and is_filled_later(request):
        request.personalize_wrote_holes = True  # type: ignore[attr-defined]  # no cache had them
        return mark_safe(markup)  # noqa: S308 - escaped where it was written
    if request is None or not may_decide:
        return mark_safe(without_variants(markup.encode()).decode())  # noqa: S308
    keep_from_caches(request)
    return mark_safe(fill(markup.encode(), _visit(request)).content.decode())  # noqa: S308


def keep_from_caches(request: HttpRequest) -> None:
    """Tell Django's cache middleware and django CMS not to store this response."""
    request._cache_update_cache = False  # type: ignore[attr-defined]
    toolbar = getattr(request, "toolbar", None)
    if toolbar is not None:
        toolbar._cache_disabled = True  # what its middleware and its page cache look at


def _visit(request: HttpRequest) -> Visit:
    visit: Visit | None = getattr(request, "personalize_visit", None)
    if visit is None:
        visit = visit_of(request, now=time.time_ns() // 1_000_000)
        request.personalize_visit = visit  # type: ignore[attr-defined]
    return visit
