"""The event as it travels on the stream: an immutable fact about one subject.

The shape is the Segment spec's (https://segment.com/docs/connections/spec/common/), with every time
an int64 of milliseconds since the epoch, the identity proven, and the address truncated.
"""

from typing import Any, Literal

import msgspec

EventType = Literal[
    "track", "page", "screen", "identify", "alias", "group",  # what clients send
    "link", "merge", "tick",  # what the system tells itself: log-in, profile hand-over, time passed
    "served",  # the exposures of a page, together: `events.served`
]  # fmt: skip

SYSTEM = frozenset({"link", "merge", "tick"})

# The source of events whose sender proves nothing but a cookie; every other source is trusted.
BROWSER = "browser"

# Characters in an id of a client's; a subject, "u:" or "a:" before it, has 255.
MAX_ID = 253

# How an id begins that the endpoint made up for a message without one.
MADE_UP = "~"

# The name under which rules and the registry know the calls that carry no event name of their own.
CALL_NAMES: dict[str, str] = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "alias": "Aliased",
    "group": "Group Joined",
    "link": "Identity Linked",
    "merge": "Profile Merged",
    "tick": "Time Passed",
}


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One clean or nearly clean event.

    `event` is always set (`CALL_NAMES` for calls without a name). `anonymous_id` is the visitor's
    id; `user_id` is set only when the link to the user is proven (a log-in, a verified hash, a
    trusted source), so `subject` can be believed. Times are milliseconds since the epoch, UTC.
    `notes` say what cleaning did to the event, for example `imputed:price:median`.
    """

    type: EventType
    event: str
    message_id: str
    timestamp: int
    received_at: int
    anonymous_id: str = ""
    user_id: str = ""
    original_timestamp: int | None = None
    source: str = BROWSER
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    bot: str = ""
    notes: list[str] = []

    @property
    def subject(self) -> str:
        """Whose profile this event belongs to: `u:<user>` when proven, else `a:<visitor>`."""
        return f"u:{self.user_id}" if self.user_id else f"a:{self.anonymous_id}"


def is_made_up(message_id: str) -> bool:
    """Whether the sender gave no id, so that the message's repetitions have others."""
    return message_id.startswith(MADE_UP)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Event).decode


def decode_or_none(raw: bytes) -> Event | None:
    """Return the event in the bytes, or None when they are none, however they were nested."""
    try:
        return decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
