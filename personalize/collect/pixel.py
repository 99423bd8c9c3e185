"""The event in an image's address, for pages without JavaScript."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from personalize.collect.batch import events_of
from personalize.collect.senders import sender_of
from personalize.conf import settings
from personalize.events.event import Event
from personalize.events.payload import Limits
from personalize.events.wire import Batch, decode_message

# The smallest image that every program shows: one transparent point, 43 bytes.
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    b"!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
PROPERTY = "p."


def read_pixel(request: HttpRequest, *, now: int) -> list[Event]:
    """Return the event that the query describes: `event`, `type`, `messageId`, `p.<property>`.

    Without `event` it is a page view of the page that shows the image.

    Raises:
        InvalidMessage, Refused: nothing of it may be stored.
    """
    query = request.GET
    name = query.get("event", "")
    properties = {
        key.removeprefix(PROPERTY): value
        for key, value in query.items()
        if key.startswith(PROPERTY)
    }
    call: dict[str, Any] = {
        "type": query.get("type") or ("track" if name else "page"),
        "event": name or None,
        "messageId": query.get("messageId"),
        "properties": properties,
        "context": {"page": {"url": request.META.get("HTTP_REFERER", "")}},
    }
    limits = Limits(depth=settings().MAX_DEPTH, properties=settings().MAX_PROPERTIES)
    message = decode_message(json.dumps(call).encode(), limits=limits)
    sender = sender_of(request, write_key="")
    sender.limit(1)
    return events_of(message, sender=sender, batch=Batch(events=[]), now=now)


def pixel_image() -> HttpResponse:
    """Return the image, for no cache to keep."""
    return HttpResponse(GIF, content_type="image/gif", headers={"Cache-Control": "no-store"})
