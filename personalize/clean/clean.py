"""From what arrived to what is believed: a function of a batch, without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from personalize.clean.bots import bot_reason
from personalize.clean.normalise import clamp_times
from personalize.clean.validate import fault_of
from personalize.events.event import BROWSER, Event


@dataclass(frozen=True, slots=True)
class Reject:
    """An event that cannot be processed; `index` is its place in the batch."""

    index: int
    event: Event
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What goes on, in order, and what goes to quarantine."""

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def clean(events: Sequence[Event]) -> Cleaned:
    """Return the believable events; bots go on, marked with the reason in `bot`."""
    cleaned = Cleaned()
    for index, event in enumerate(clamp_times(events)):
        fault = fault_of(event)
        if fault:
            cleaned.rejects.append(Reject(index, event, "invalid", fault))
        else:
            cleaned.events.append(_marked(event))
    return cleaned


def _marked(event: Event) -> Event:
    agent = event.context.get("userAgent")
    if event.bot or (event.source != BROWSER and not agent):
        return event  # a server that passes a visitor's events on says so by the visitor's agent
    reason = bot_reason(agent if isinstance(agent, str) else "", context=event.context)
    return replace(event, bot=reason) if reason else event
