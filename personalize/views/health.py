"""For load balancers and monitors: is the process up, can it work."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from personalize.measure.health import readiness


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer while the process runs."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when requests can be served and events stored, else 503; always with the lag."""
    state = readiness()
    return JsonResponse(state.as_json(), status=200 if state.is_ready else 503)
