"""Tell repetitions of what has no message id: by its whole content, within a short time.

Two people's events, and two different events of one person, never have the same fingerprint. Two
equal ones of one person within the time do: who clicks twice is then counted once, so it is off
unless a source asks for it.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from personalize.clean.policy import Policies
from personalize.events.event import Event, is_made_up

PREFIX = "fp:"

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def name_by_content(events: Sequence[Event], *, policies: Policies) -> list[Event]:
    """Return the events, those without an id of their own named by their content.

    Only those of sources whose policy says within how many seconds repetitions are to be told.
    """
    return [_named(event, policies.of_source(event.source).fingerprint_seconds) for event in events]


def fingerprint(event: Event, *, seconds: int) -> str:
    """Return the fingerprint: who, what, with which content, in which span of so many seconds."""
    context = event.context.get("page")
    span = event.timestamp // (seconds * 1_000)
    content = (
        event.subject, event.source, event.type, event.event, event.properties, event.traits,
        context, span,
    )  # fmt: skip
    return PREFIX + blake2b(_encode(content), digest_size=16).hexdigest()


def _named(event: Event, seconds: int) -> Event:
    if not seconds or not is_made_up(event.message_id):
        return event
    return replace(event, message_id=fingerprint(event, seconds=seconds))
