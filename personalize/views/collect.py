"""The Segment HTTP tracking API: v1/batch and its single calls."""

from time import perf_counter

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from personalize import metrics
from personalize.collect.batch import read_batch
from personalize.collect.identity import apply_cookie, identity_of
from personalize.collect.origin import allow_origin, allow_preflight
from personalize.collect.refusal import Refused
from personalize.measure.watch import note_refusals
from personalize.render.preview import preview_of
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable
from personalize.views.answers import now_ms, refusal, success, unavailable


@csrf_exempt  # the origin is checked instead: beacons carry no token
@require_http_methods(["POST", "OPTIONS"])
def collect(request: HttpRequest, call: str = "") -> HttpResponse:
    """Take a batch, or one `call`; 200 only after the stream has taken the events."""
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        allow_preflight(request, response, methods="POST")
        return response
    if preview_of(request):  # what an editor does as somebody else is nothing that anybody did
        return success([])
    started = perf_counter()
    response = _take(request, call)
    allow_origin(request, response)
    metrics.observe("collect.request", perf_counter() - started)
    return response


def _take(request: HttpRequest, call: str) -> HttpResponse:
    try:
        collected = read_batch(request, now=now_ms(), call=call)
        accept(collected.accepted)
    except Refused as refused:
        _tell_watcher(request, [(refused.field, refused.message, refused.raw)])
        return refusal(refused)
    except (StreamUnavailable, DatabaseError, InterfaceError):  # who sends it could not be told
        return unavailable()
    if collected.rejected:
        metrics.count("collect.rejected", len(collected.rejected))
        _tell_watcher(request, [(each.field, each.reason, each.raw) for each in collected.rejected])
    response = success(collected.rejected)
    apply_cookie(request, response)
    return response


def _tell_watcher(request: HttpRequest, refusals: list[tuple[str, str, bytes]]) -> None:
    note_refusals(identity_of(request), refusals=refusals, at=now_ms())
