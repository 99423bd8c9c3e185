"""What must hold of an event whoever wrote it into the stream."""

from personalize.events.event import MAX_ID, Event


def fault_of(event: Event) -> str:
    """Return what is wrong with the event, naming the field, or an empty string."""
    if not event.anonymous_id and not event.user_id:
        return "anonymousId: expected an anonymousId or a userId"
    for field, name in (("userId", event.user_id), ("anonymousId", event.anonymous_id)):
        if len(name) > MAX_ID:
            return f"{field}: expected at most {MAX_ID} characters"
    if len(str(event.properties.get("user_id", ""))) > MAX_ID and event.type == "link":
        return f"properties.user_id: expected at most {MAX_ID} characters"
    if not event.message_id:
        return "messageId: expected an id"
    if not event.event:
        return "event: expected a name"
    return ""
