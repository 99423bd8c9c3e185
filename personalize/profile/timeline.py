"""The timeline: the last things a visitor did or that happened to them, for people to read."""

from itertools import islice
from typing import Any

import msgspec

from personalize.events.event import Event

MOST_PROPERTIES = 8
MOST_TEXT = 100
PLAIN = (str, int, float)  # a boolean is an int


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """One line of the timeline; `at` is in milliseconds."""

    at: int
    event: str
    properties: dict[str, Any] = {}
    bot: str = ""


def moment_of(event: Event) -> Moment:
    """Return an event in brief: its first few plain properties, cut to a readable length."""
    brief = {
        key[:MOST_TEXT]: value[:MOST_TEXT] if isinstance(value, str) else value
        for key, value in islice(event.properties.items(), 2 * MOST_PROPERTIES)
        if isinstance(value, PLAIN)
    }
    if len(brief) > MOST_PROPERTIES:
        brief = dict(list(brief.items())[:MOST_PROPERTIES])
    return Moment(event.timestamp, event.event, brief, event.bot)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Moment).decode
