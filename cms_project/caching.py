"""The page cache of the site's own views: the policy that django CMS has for its pages."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_page

View = Callable[..., HttpResponse]


def cached_page(view: View) -> View:
    """Store the page for everybody who is not logged in: staff get a toolbar in theirs."""
    stored = cache_page(settings.PAGE_CACHE_SECONDS)(view)

    @wraps(view)
    def choose(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        may_be_staff = settings.SESSION_COOKIE_NAME in request.COOKIES
        return (view if may_be_staff else stored)(request, *args, **kwargs)

    return choose
