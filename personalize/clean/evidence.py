"""What speaks for a program behind an event, in points: enough of them, and it is a bot's.

An event of a bot's goes on, with all the reasons in `bot`. Below the threshold the reasons stand in
its notes (`suspect:network_rate`), where later stages add theirs, and a lower threshold finds them.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from personalize.events.event import Event

POINTS: Mapping[str, int] = {
    # by the user agent (`clean.bots`)
    "no_user_agent": 100,
    "not_a_browser": 100,
    "bot_word": 100,
    "known_crawler": 100,
    # by the user agent and the whole address, when it came (`collect.crawlers`)
    "verified_crawler": 100,
    "false_crawler": 100,
    # by what the browser says of itself
    "webdriver": 100,
    "headless": 100,
    # by what it does (`clean.pace`)
    "honeypot": 100,
    "visitor_rate": 100,
    "click_rate": 100,
    "product_rate": 100,
    "order_without_view": 50,
    "click_before_view": 50,
    # by what its neighbours do (`clean.networks`)
    "network_rate": 50,
}
SUSPECT = "suspect:"


def suspected(event: Event, reasons: Iterable[str], *, threshold: int) -> Event:
    """Return the event with more evidence, marked as a bot's when there is enough of it.

    >>> from personalize.testing import event_of
    >>> suspected(event_of("a:visitor"), ["webdriver"], threshold=100).bot
    'webdriver'
    """
    known = reasons_of(event)
    found = list(dict.fromkeys([*known, *reasons]))
    if len(found) == len(known):
        return event
    return _marked(event, found, threshold)


def judged(event: Event, *, threshold: int) -> Event:
    """Return the event as another threshold would have it, by the evidence that it carries."""
    return _marked(event, reasons_of(event), threshold)


def reasons_of(event: Event) -> list[str]:
    """Return all that is known to speak for a program, whether it was enough or not."""
    noted = [note.removeprefix(SUSPECT) for note in event.notes if note.startswith(SUSPECT)]
    return [*(event.bot.split(",") if event.bot else ()), *noted]


def _marked(event: Event, reasons: list[str], threshold: int) -> Event:
    notes = [note for note in event.notes if not note.startswith(SUSPECT)]
    if sum(POINTS.get(reason, 0) for reason in reasons) >= threshold:
        return replace(event, bot=",".join(reasons), notes=notes)
    return replace(event, bot="", notes=[*notes, *(SUSPECT + reason for reason in reasons)])
