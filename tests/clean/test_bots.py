"""Telling programs from people, by public corpora: crawlers found, devices spared."""

import json
from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from personalize.clean.bots import bot_reason, reason_of_agent

PEOPLE = Path(__file__).with_name("people.json")
CRAWLERS = Path(__file__).with_name("crawlers.json")


def flagged(agents: list[str]) -> float:
    return sum(bool(reason_of_agent(agent)) for agent in agents) / len(agents)


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("", "no_user_agent"),
        ("curl/8.5.0", "not_a_browser"),
        ("python-requests/2.32", "not_a_browser"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot_word"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0 Safari/537.36", "bot_word"),
        ("Mozilla/5.0 (Linux; Android 7.0; CUBOT R9 Build/NRD90M) Chrome/64 Safari/537.36", ""),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604.1",
            "",
        ),
    ],
)
def test_the_reason_tells_what_gave_it_away(agent, reason):
    assert bot_reason(agent, context={}) == reason


def test_a_browser_under_remote_control_says_so():
    assert bot_reason("Mozilla/5.0 (X11) Firefox/128.0", context={"webdriver": True}) == "webdriver"


def test_every_crawler_known_by_name_is_found():
    agents = [agent for known in CRAWLER_USER_AGENTS_DATA for agent in known["instances"]]
    assert len(agents) > 2_000
    assert flagged(agents) == 1.0


def test_at_least_98_percent_of_other_crawlers_are_found():
    assert flagged(json.loads(CRAWLERS.read_text())) >= 0.98


def test_at_most_one_in_500_of_peoples_devices_is_mistaken():
    assert flagged(json.loads(PEOPLE.read_text())) <= 0.002


def test_an_endless_user_agent_is_read_in_part():
    assert bot_reason("Mozilla/5.0 (X11) " + "a" * 1_000_000, context={}) == ""
