"""Links between visitors and users: made on proof, logged, and undone when they were wrong."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from msgspec.structs import replace

from personalize.events.event import CALL_NAMES, Event
from personalize.models.visitor import IdentityLink
from personalize.profile import seen as seen_ids
from personalize.profile.profile import Profile, encode
from personalize.profile.seen import Seen
from personalize.stream.doorbell import accept

SOURCE = "system"


def user_of(link: Event) -> str:
    """Return the id of the user whom a link event names."""
    return str(link.properties.get("user_id") or "")


def merged_into_after(link: Event, *, profile: Profile) -> str:
    """Return where the profile is part of after the link: the first link counts until undone."""
    if link.properties.get("undo"):
        return ""
    if profile.merged_into or profile.user_id or not user_of(link):
        return profile.merged_into
    return f"u:{user_of(link)}"


def merge_event(link: Event, *, profile: Profile, seen: Seen, position: str) -> Event:
    """Return the event that hands the visitor's profile over to the user of the link.

    Its id is that of the link's place in the stream: sent again after a crash, it counts once.
    """
    return Event(
        type="merge",
        event=CALL_NAMES["merge"],
        message_id=f"merge:{link.anonymous_id}:{position}",
        timestamp=link.timestamp,
        received_at=link.received_at,
        anonymous_id=link.anonymous_id,
        user_id=user_of(link),
        source=SOURCE,
        properties={"profile": encode(profile), "seen": seen_ids.encode(seen)},
    )


def forwarded(event: Event, *, user_id: str) -> Event:
    """Return a late event of a linked visitor as the user's; the id stays, so it counts once."""
    return replace(event, user_id=user_id)


def log_links(links: Iterable[Event]) -> None:
    """Write the links to the log; one that is there already stays."""
    rows = [
        IdentityLink(
            anonymous_id=link.anonymous_id,
            user_id=user_of(link),
            proof=link.properties.get("proof") or IdentityLink.Proof.LOGIN,
            linked_at=datetime.fromtimestamp(link.timestamp / 1_000, UTC),
        )
        for link in links
    ]
    if rows:
        IdentityLink.objects.bulk_create(rows, ignore_conflicts=True)


def unlink(link: IdentityLink) -> None:
    """Undo a link: the visitor's profile is again as it was, and counts on from there.

    The user's profile keeps what it was given: a minimum, or a first value, cannot be taken out
    again. Where that must not stay, erase the user's profile. The visitor's row in the database
    comes back with the next flush.
    """
    now = timezone.now()
    at = int(now.timestamp() * 1_000)
    event = _link(
        link.anonymous_id,
        message_id=f"unlink:{link.pk}",
        at=at,
        received_at=at,
        properties={"user_id": link.user_id, "undo": True},
    )
    accept([event])
    link.undone_at = now
    link.save(update_fields=["undone_at"])


def _link(
    visitor: str, *, message_id: str, at: int, received_at: int, properties: dict[str, Any]
) -> Event:
    return Event(
        type="link",
        event=CALL_NAMES["link"],
        message_id=message_id,
        timestamp=at,
        received_at=received_at,
        anonymous_id=visitor,
        source=SOURCE,
        properties=properties,
    )
