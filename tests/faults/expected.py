"""The load: events that follow from their number alone, and what they must come to."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from personalize.events.event import Event
from personalize.rules.syntax import Behaviour, to_json
from tests.profile.naive import expected
from tests.streamed import FIREFOX

NAME = "Thing Seen"
MINUTE = 60_000
PRICES = (1, 2, 3.5, 19.99)
SPENT = Behaviour(NAME, "sum", None, "price")
BEHAVIOURS = (
    Behaviour(NAME, "count"),
    SPENT,
    Behaviour(NAME, "distinct", None, "thing"),
    Behaviour(NAME, "top", None, "price"),
    Behaviour(NAME, "last", None, "price"),
    Behaviour(NAME, "count", "1d"),
    Behaviour(NAME, "average", "30d", "price"),
)
SEGMENT = "spender"
ENOUGH = 60
RULE = {
    "combinator": "and",
    "rules": [
        {"field": "behaviour", "behaviour": to_json(SPENT), "operator": ">", "value": ENOUGH},
        *(
            {"field": "behaviour", "behaviour": to_json(each), "operator": "notNull"}
            for each in BEHAVIOURS
        ),
    ],
}


class Run(NamedTuple):
    """A run of the load: whose it is, when it began, and among how many visitors it is shared."""

    name: str
    began_at: int
    visitors: int

    def event(self, seq: int) -> Event:
        """Return the event of a number; its time lies up to twenty minutes before the run."""
        return Event(
            type="track",
            event=NAME,
            message_id=f"{self.name}-{seq}",
            timestamp=self.began_at - seq * 7_919 % (20 * MINUTE),
            received_at=self.began_at,
            anonymous_id=f"{self.name}-v{seq * 31 % self.visitors}",
            source=self.name,
            properties={"seq": seq, "price": PRICES[seq * 13 % 4], "thing": f"t{seq % 17}"},
            context={"userAgent": FIREFOX},
        )

    def message(self, seq: int) -> dict[str, Any]:
        """Return the same event as a client sends it."""
        event = self.event(seq)
        return {
            "type": "track",
            "event": event.event,
            "messageId": event.message_id,
            "anonymousId": event.anonymous_id,
            "timestamp": datetime.fromtimestamp(event.timestamp / 1_000, UTC).isoformat(),
            "properties": event.properties,
            "context": event.context,
        }


def thing(number: str, *, visitor: str, event: str = NAME, **fields: Any) -> dict[str, Any]:
    """Return a message that a test makes up."""
    return {
        "type": "track",
        "event": event,
        "messageId": number,
        "anonymousId": visitor,
        "context": {"userAgent": FIREFOX},
        **fields,
    }


def aggregates(events: Iterable[Event], *, now: int) -> dict[str, Any]:
    """Return what every behaviour must be, made of the whole list."""
    kept = list(events)
    return {each.key: expected(each, kept, now=now) for each in BEHAVIOURS}


def is_member(events: Iterable[Event], *, now: int) -> bool:
    """Return whether a visitor with these events belongs to the segment."""
    return bool(expected(SPENT, events, now=now) > ENOUGH)
