"""Events of the past are judged by the list and the threshold of today."""

import pytest
from msgspec.structs import replace

from personalize.clean.rejudge import rejudged
from personalize.events.event import Event
from personalize.testing import event_of
from tests.streamed import FIREFOX

CURL = "curl/8.5.0"


def seen(agent: str = FIREFOX, **fields: object) -> Event:
    """Return an event as the lake has it."""
    event = replace(event_of("a:visitor"), context={"user_agent": agent, "is_bot": False})
    return replace(event, **fields)


def test_an_agent_that_the_list_knows_now_makes_a_bot_of_its_event() -> None:
    judged = rejudged(seen(CURL), threshold=100)
    assert (judged.bot, judged.context["is_bot"]) == ("not_a_browser", True)


def test_an_agent_that_is_a_browser_now_makes_a_person_of_its_event() -> None:
    judged = rejudged(seen(bot="bot_word"), threshold=100)
    assert (judged.bot, judged.context["is_bot"]) == ("", False)


def test_what_the_visitor_did_stays_evidence() -> None:
    assert rejudged(seen(bot="bot_word,honeypot"), threshold=100).bot == "honeypot"


def test_a_lower_threshold_finds_what_was_only_suspected() -> None:
    suspected = seen(notes=["suspect:network_rate"])
    assert rejudged(suspected, threshold=100) is suspected
    assert rejudged(suspected, threshold=50).bot == "network_rate"


@pytest.mark.parametrize(
    "event",
    [
        seen(),
        seen(CURL, bot="not_a_browser"),
        seen(CURL, bot="verified_crawler"),
        seen(FIREFOX, bot="false_crawler"),
        seen(bot="said_by_the_sender"),
        replace(event_of("a:visitor"), bot="bot_word"),
    ],
)
def test_what_nothing_new_is_known_of_stays_the_same_event(event: Event) -> None:
    assert rejudged(event, threshold=100) is event
