"""What tests of the background's flow share: a visitor's events, sent and drained for real."""

import time
from typing import Any

from msgspec.structs import replace

from personalize.events.event import Event
from personalize.profile import store
from personalize.rules.syntax import Behaviour, to_json
from personalize.stream.protocol import current_stream
from personalize.tasks import drain
from tests.profile.naive import actual, event

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
VIEWS = Behaviour("Viewed", "count", "1d")
KEEN = {
    "field": "behaviour",
    "behaviour": to_json(VIEWS),
    "operator": ">",
    "value": 2,
}


def now() -> int:
    return time.time_ns() // 1_000_000


def send(*events: Event) -> None:
    current_stream().append(events)


def drain_all() -> None:
    for partition in range(current_stream().partitions):
        drain(partition)


def view(number: int = 0, **changes: Any) -> Event:
    fields = {
        "anonymous_id": "visitor",
        "message_id": f"view-{number}",
        "source": "shop",
        "context": {"userAgent": FIREFOX},
    }
    return replace(event(now()), **fields | changes)


def link(user_id: str = "7", **properties: Any) -> Event:
    return view(
        type="link",
        event="Identity Linked",
        message_id=f"link-{user_id}",
        properties={"user_id": user_id, "proof": "login", **properties},
    )


def views_of(subject: str) -> Any:
    profile = store.read_profile(subject)
    return actual(VIEWS, profile, now=now()) if profile else None
