"""What must hold of an event whoever wrote it into the stream."""

from personalize.events.event import MAX_ID, Event


def fault_of(event: Event) -> str:
    """Return what is wrong with the event, naming the field, or an empty string."""
    if not event.anonymous_id and not event.user_id:
        return "anonymousId: expected an anonymousId or a userId"
    if len(event.user_id) > MAX_ID:
        return f"userId: expected at most {MAX_ID} characters"
    if len(event.anonymous_id) > MAX_ID:
        return f"anonymousId: expected at most {MAX_ID} characters"
    if event.type == "link" and len(str(event.properties.get("user_id", ""))) > MAX_ID:
        return f"properties.user_id: expected at most {MAX_ID} characters"
    if not event.message_id:
        return "messageId: expected an id"
    if not event.event:
        return "event: expected a name"
    return ""
