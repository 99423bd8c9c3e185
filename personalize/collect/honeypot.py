"""The link that no person sees: who follows it is a program."""

from django.http import HttpRequest

from personalize.collect.batch import events_of
from personalize.collect.identity import identity_of
from personalize.collect.origin import is_own
from personalize.collect.senders import Browser
from personalize.events.event import Event
from personalize.events.wire import Batch, Message

EVENT = "Honeypot Followed"


def read_honeypot(request: HttpRequest, *, now: int) -> list[Event]:
    """Return the event of the visitor who followed the link; nothing of one who has no cookie.

    Nothing either of what another site made a browser ask for, or what a browser fetches ahead.
    """
    is_ahead = "prefetch" in request.META.get("HTTP_SEC_PURPOSE", "")
    if is_ahead or not is_own(request) or identity_of(request) is None:
        return []
    sender = Browser(request)
    sender.limit(1)
    context = {"page": {"url": request.META.get("HTTP_REFERER", "")}}
    message = Message(type="track", event=EVENT, context=context)
    return events_of(message, sender=sender, batch=Batch(events=[]), now=now)
