"""A preview's links: one that opens it, one that ends it, one that asks why."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from msgspec.structs import replace

from personalize.collect.origin import is_own
from personalize.render.preview import (
    Preview,
    begin,
    end,
    keep_from_everybody,
    may_preview,
    permitted,
    preview_of,
)


@require_GET
@never_cache
def open_preview(request: HttpRequest) -> HttpResponse:
    """Let this browser look as the link says: at whatever pages it may see anyway."""
    value = request.GET.get("as", "")
    if permitted(value) is None:
        refusal = TemplateResponse(request, "personalize/preview/expired.html", status=403)
        keep_from_everybody(refusal)
        return refusal
    response = _back(request, request.GET.get("to", ""))
    response["Referrer-Policy"] = "no-referrer"  # the address holds the preview
    begin(response, value=value, is_secure=request.is_secure())
    return response


@csrf_exempt  # only requests of this site's own pages are taken
@require_POST
@never_cache
def end_preview(request: HttpRequest) -> HttpResponse:
    """Let this browser be its visitor's again."""
    _refuse_foreign(request)
    response = _back(request, request.POST.get("to", ""))
    end(response)
    return response


@csrf_exempt  # as above
@require_POST
@never_cache
def ask_why(request: HttpRequest) -> HttpResponse:
    """Show an editor why pages show what they show, or hide it again."""
    _refuse_foreign(request)
    if not may_preview(request.user):
        raise PermissionDenied
    response = _back(request, request.POST.get("to", ""))
    current = preview_of(request)
    if current and current.asks_why and not current.persona:
        end(response)
        return response
    own = current or Preview(maker=str(request.user.pk))
    # The editor's own from here on: the hour begins anew, so it must be theirs to begin.
    asked = replace(own, maker=str(request.user.pk), asks_why=not own.asks_why)
    begin(response, value=asked.signed(), is_secure=request.is_secure())
    return response


def _refuse_foreign(request: HttpRequest) -> None:
    if not is_own(request):
        raise PermissionDenied


def _back(request: HttpRequest, path: str) -> HttpResponse:
    """Return a redirect to a page of this site."""
    is_here = url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(path if path and is_here else "/")
    keep_from_everybody(response)
    return response
