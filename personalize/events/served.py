"""What a page served: one event on the stream for all its slots, taken apart by the pipeline.

An entry a page costs the store, and the pages that wait for it meanwhile, a fifth of one a slot.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from personalize.events.event import Event

SERVED = "Variant Served"


def served_event(
    message_id: str,
    decisions: Sequence[dict[str, str]],
    *,
    at: int,
    anonymous_id: str,
    user_id: str,
    path: str,
) -> Event:
    """Return the event of a page: what is told of each of its slots, and the page's path.

    `at` in milliseconds. The same arguments make the same event: a repetition is noticed.
    """
    return Event(
        type="served",
        event=SERVED,
        message_id=f"served-{message_id}",
        timestamp=at,
        received_at=at,
        anonymous_id=anonymous_id,
        user_id=user_id,
        source="system",
        properties={"slots": decisions},
        context={"page": {"path": path}},
    )


def parts_of(event: Event) -> list[Event]:
    """Return an event for each slot; of any other event, itself."""
    if event.type != "served":
        return [event]
    return [
        replace(
            event,
            type="track",
            message_id=f"{event.message_id}-{number}",
            properties=properties,
        )
        for number, properties in enumerate(event.properties["slots"])
    ]


def number_of_parts(event: Event) -> int:
    """Return as how many events it counts."""
    return len(event.properties["slots"]) if event.type == "served" else 1
