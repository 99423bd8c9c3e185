"""Protection of forms on cached pages, where a token of each visitor's own cannot stand."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

from personalize.collect.origin import is_own

View = Callable[..., HttpResponse]


def same_origin_only(view: View) -> View:
    """Refuse requests that another site's page sent, without a token in the page."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_own(request):
            return HttpResponseForbidden("This form belongs to another site.")
        return view(request, *args, **kwargs)

    return guarded
