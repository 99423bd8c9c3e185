"""Where the link leads that no person sees."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from personalize import metrics
from personalize.collect.honeypot import read_honeypot
from personalize.collect.refusal import Refused
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable
from personalize.views.answers import now_ms

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@require_safe
def honeypot(request: HttpRequest) -> HttpResponse:
    """Note who followed, and show nothing of interest."""
    try:
        accept(read_honeypot(request, now=now_ms()))
    except (Refused, StreamUnavailable):
        metrics.count("collect.honeypot_lost")
    return HttpResponse("Nothing here.", content_type="text/plain", headers=HEADERS)
