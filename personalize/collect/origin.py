"""Which browsers' requests are this site's own: the defence against injection from other sites."""

from django.http import HttpRequest, HttpResponseBase

from personalize.conf import settings


def is_own(request: HttpRequest) -> bool:
    """Whether no other site sent this request.

    Browsers say where a request comes from (`Sec-Fetch-Site`, or `Origin` on every POST and PUT);
    no page can forge either. Whoever says neither is no browser that somebody else could have
    made to send it. The origin is compared as written: it may be no address at all.
    """
    site = request.META.get("HTTP_SEC_FETCH_SITE", "")
    if site:
        return site in ("same-origin", "none")
    origin = request.META.get("HTTP_ORIGIN", "")
    return not origin or origin.partition("://")[2] == request.get_host()


def is_allowed(request: HttpRequest) -> bool:
    """Whether the request comes from this site or from one of `ALLOWED_ORIGINS`."""
    return is_own(request) or request.META.get("HTTP_ORIGIN", "") in settings().ALLOWED_ORIGINS


def allow_origin(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let an allowed origin read the response; the origin is named, as credentials come with it."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin in settings().ALLOWED_ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Vary"] = "Origin"


def allow_preflight(request: HttpRequest, response: HttpResponseBase, *, methods: str) -> None:
    """Answer what a browser asks before it sends an event from an allowed origin."""
    allow_origin(request, response)
    if response.has_header("Access-Control-Allow-Origin"):
        response["Access-Control-Allow-Methods"] = methods
        response["Access-Control-Allow-Headers"] = "Content-Type, Content-Encoding, Authorization"
        response["Access-Control-Max-Age"] = "86400"
