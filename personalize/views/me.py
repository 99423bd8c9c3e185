"""The visitor's own data: shown as portable JSON, and erased."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from personalize.collect.identity import apply_cookie, forget
from personalize.collect.origin import is_own
from personalize.collect.rate import COSTLY
from personalize.collect.refusal import Refused
from personalize.collect.senders import Browser
from personalize.privacy.erase import erase
from personalize.privacy.export import export
from personalize.privacy.subjects import subjects_of
from personalize.views.answers import refusal, unavailable


@csrf_exempt  # only requests of this site's own pages are taken
@never_cache
@require_http_methods(["GET", "DELETE"])
def me(request: HttpRequest) -> HttpResponse:
    """Export what is known of whoever asks, or erase it and give a receipt."""
    if not is_own(request):
        return refusal(Refused(403, "Only this site's own pages may ask.", field="Origin"))
    try:
        Browser(request).limit(COSTLY)
        subjects = subjects_of(request)
        if request.method == "GET":
            response = JsonResponse(export(subjects))
            response["Content-Disposition"] = 'attachment; filename="my-data.json"'
            return response
        receipt = erase(subjects)
    except Refused as refused:
        return refusal(refused)
    except RedisError:
        return unavailable()
    forget(request)
    response = JsonResponse({"success": True, "receipt": receipt.as_json()})
    apply_cookie(request, response)
    return response
