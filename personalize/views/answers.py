"""How the endpoints answer: the shapes that clients of the Segment API know."""

import time
from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse

from personalize.collect.batch import Rejection
from personalize.collect.refusal import Refused

STREAM_RETRY_SECONDS = 5
SUCCESS = b'{"success": true}'


def now_ms() -> int:
    """Return the time of this request in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def success(rejected: Sequence[Rejection]) -> HttpResponse:
    """Answer a request whose events are stored, all but those rejected."""
    if not rejected:  # nearly always: what never changes need not be put together anew
        return HttpResponse(SUCCESS, content_type="application/json")
    faults = [
        {"index": item.index, "field": item.field, "reason": item.reason} for item in rejected
    ]
    return JsonResponse({"success": True, "rejected": faults})


def refusal(refused: Refused) -> HttpResponse:
    """Answer a request that is not taken, naming the field at fault."""
    answer = {
        "success": False,
        "code": HTTPStatus(refused.status).name.lower(),
        "message": refused.message,
        "field": refused.field,
    }
    response = JsonResponse(answer, status=refused.status)
    if refused.wait_seconds:
        response["Retry-After"] = str(refused.wait_seconds)
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Basic realm="write key"'
    return response


def unavailable() -> HttpResponse:
    """Answer that the events could not be stored: the sender keeps and repeats them."""
    return refusal(
        Refused(503, "The events could not be stored.", wait_seconds=STREAM_RETRY_SECONDS)
    )
