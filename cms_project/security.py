"""The Content-Security-Policy of the public pages: nothing inline, nothing from elsewhere."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
# The admin and the page editor bring inline scripts of their own.
UNRESTRICTED = ("/admin/", "/personalize/api/")


class ContentSecurityPolicyMiddleware:
    """Set the header on every page that visitors see. Django 6 does this by a setting."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(UNRESTRICTED) and not _shows_toolbar(request):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


def _shows_toolbar(request: HttpRequest) -> bool:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False  # before the toolbar looks for a user, and so for a session
    toolbar = getattr(request, "toolbar", None)
    return bool(toolbar and toolbar.show_toolbar)
