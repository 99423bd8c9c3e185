"""The tracking pixel: whatever happens, the same 43 bytes."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from personalize import metrics
from personalize.collect.identity import apply_cookie
from personalize.collect.pixel import pixel_image, read_pixel
from personalize.collect.refusal import Refused
from personalize.events.wire import InvalidMessage
from personalize.render.preview import preview_of
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable
from personalize.views.answers import now_ms


@require_safe
def pixel(request: HttpRequest) -> HttpResponse:
    """Store the event of the query; a wrong one stores nothing and is counted."""
    response = pixel_image()
    if preview_of(request):
        return response
    try:
        accept(read_pixel(request, now=now_ms()))
        apply_cookie(request, response)
    except (InvalidMessage, Refused):
        metrics.count("collect.pixel_refused")
    except StreamUnavailable:
        metrics.count("collect.pixel_lost")
    return response
