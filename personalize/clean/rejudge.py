"""Whether an event of the past is a bot's, by what is known now: its evidence, and its agent."""

from msgspec.structs import replace

from personalize.clean.bots import CRAWLERS, bot_reason
from personalize.clean.evidence import POINTS, SUSPECT, reasons_of, suspected
from personalize.events.event import Event

BY_AGENT = frozenset({"no_user_agent", "not_a_browser", "bot_word", "known_crawler"})
BY_ADDRESS = frozenset(CRAWLERS.values())  # which is not known any more, and says more


def rejudged(event: Event, *, threshold: int) -> Event:
    """Return the event as it would be marked today, the same one where nothing changes.

    What the visitor did is evidence as before. What the user agent says is asked anew where the
    event still has it. Reasons that this list does not know are left alone.
    """
    reasons = reasons_of(event)
    if any(reason not in POINTS for reason in reasons):
        return event
    agent = event.context.get("user_agent")
    if isinstance(agent, str) and not BY_ADDRESS & set(reasons):
        said = bot_reason(agent, context={})
        reasons = [each for each in reasons if each not in BY_AGENT]
        reasons += [said] if said else []
    notes = [note for note in event.notes if not note.startswith(SUSPECT)]
    plain = replace(event, bot="", notes=notes)
    judged = suspected(plain, reasons, threshold=threshold)
    if (judged.bot, judged.notes) == (event.bot, event.notes):
        return event
    context = {**event.context, "is_bot": bool(judged.bot)}
    return replace(judged, context=context if "is_bot" in event.context else event.context)
