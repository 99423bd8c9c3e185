"""Protection of forms on cached pages, where a token of each visitor's own cannot stand."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def is_same_origin(request: HttpRequest) -> bool:
    """Tell whether this site's own page sent the request.

    Browsers set `Sec-Fetch-Site` (all since 2023) and, on every cross-site POST, `Origin`; a page
    cannot forge either. A request with neither comes from no browser: it has nobody's cookies.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site:
        return fetch_site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def same_origin_only(view: View) -> View:
    """Refuse requests that another site's page sent, without a token in the page."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_same_origin(request):
            return HttpResponseForbidden("This form belongs to another site.")
        return view(request, *args, **kwargs)

    return guarded
