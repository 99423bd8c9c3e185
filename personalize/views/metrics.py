"""For Prometheus: the numbers of all processes, to whom the token is known."""

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from personalize.conf import settings

EXPOSITION = "personalize.measure.prometheus.exposition"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' format; 403 while there is no token, 401 to who does not send it."""
    if not settings().METRICS_TOKEN:
        return _plain("Set PERSONALIZE['METRICS_TOKEN'] to read metrics here.", status=403)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not constant_time_compare(token, settings().METRICS_TOKEN):
        refusal = _plain("Send the header `Authorization: Bearer <METRICS_TOKEN>`.", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    try:
        exposition = import_string(EXPOSITION)
    except ImportError:
        return _plain("Metrics need `pip install django-personalize[metrics]`.", status=404)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def _plain(text: str, *, status: int) -> HttpResponse:
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=status)
