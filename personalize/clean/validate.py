"""What must hold of an event whoever wrote it into the stream."""

from personalize.events.event import Event

LONGEST_SUBJECT = 255


def fault_of(event: Event) -> str:
    """Return what is wrong with the event, naming the field, or an empty string."""
    if not event.anonymous_id and not event.user_id:
        return "anonymousId: expected an anonymousId or a userId"
    if len(event.subject) > LONGEST_SUBJECT:
        return f"userId: expected at most {LONGEST_SUBJECT - 2} characters"
    if not event.message_id:
        return "messageId: expected an id"
    if not event.event:
        return "event: expected a name"
    return ""
