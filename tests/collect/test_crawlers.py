"""Who claims to be a crawler, and comes from where its owner says, or from somewhere else."""

import json
import os
from pathlib import Path

import pytest
from django.test import RequestFactory

from personalize import metrics
from personalize.clean.bots import bot_reason
from personalize.collect import crawlers
from personalize.collect.crawlers import InvalidRanges, crawler_mark, read_ranges
from personalize.collect.senders import Browser, TrustedSource
from personalize.render.visit import visit_of

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PREFIXES = [{"ipv6Prefix": "2001:4860:4801:10::/64"}, {"ipv4Prefix": "66.249.64.0/27"}]


def published(*prefixes: dict[str, str]) -> str:
    """Return a file as Google and Bing publish it."""
    return json.dumps({"creationTime": "2026-11-20T15:46:04.000000", "prefixes": prefixes})


@pytest.fixture
def ranges(tmp_path: Path, settings, monkeypatch) -> Path:
    monkeypatch.setattr(crawlers, "LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "googlebot.json"
    path.write_text(published(*PREFIXES))
    listed = {"bingbot": "/nowhere/bingbot.json", "Googlebot": str(path), "Wanderer": str(path)}
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CRAWLER_RANGES": listed}
    return path


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("66.249.64.0", "verified"),
        ("66.249.64.31", "verified"),
        ("::ffff:66.249.64.7", "verified"),
        ("2001:4860:4801:10::1f", "verified"),
        ("66.249.64.32", "impostor"),
        ("2001:4860:4801:11::1f", "impostor"),
        ("::42f9:4007", "impostor"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_crawler_is_known_by_its_networks(ranges, address, expected):
    assert crawler_mark(GOOGLEBOT, address=address) == expected
    assert crawler_mark(GOOGLEBOT.lower(), address=address) == expected


def test_who_claims_nothing_or_what_nobody_can_check_has_no_mark(ranges):
    assert crawler_mark(FIREFOX, address="66.249.64.1") == ""
    before = metrics.snapshot().get("crawlers.unavailable", 0)
    assert crawler_mark("Mozilla/5.0 bingbot/2.0", address="66.249.64.1") == ""
    assert metrics.snapshot()["crawlers.unavailable"] > before


def test_without_the_setting_nobody_is_asked(settings):
    assert crawler_mark(GOOGLEBOT, address="66.249.64.1") == ""


def test_a_replaced_file_is_noticed_and_a_broken_one_changes_nothing_F29(ranges):
    assert crawler_mark(GOOGLEBOT, address="66.249.64.1") == "verified"
    for number, text in enumerate((published({"ipv4Prefix": "192.0.2.0/24"}), '{"prefixes": [')):
        new = ranges.with_suffix(".new")
        new.write_text(text)
        os.utime(new, (number, number + 1))
        new.rename(ranges)
        assert crawler_mark(GOOGLEBOT, address="66.249.64.1") == "impostor"
        assert crawler_mark(GOOGLEBOT, address="192.0.2.1") == "verified"
    ranges.unlink()
    assert crawler_mark(GOOGLEBOT, address="192.0.2.1") == "verified"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", published(), published({"ipv4Prefix": "66.249.64.1/27"}), "\0"]
)
def test_what_no_owner_publishes_is_refused(ranges, text):
    ranges.write_text(text)
    with pytest.raises(InvalidRanges):
        read_ranges(str(ranges))


def context_of(agent: str, address: str) -> dict:
    request = RequestFactory().get("/", headers={"user-agent": agent}, REMOTE_ADDR=address)
    return Browser(request).context({"crawler": "verified"})


def test_a_browsers_event_says_so_with_its_address_cut(ranges):
    context = context_of(GOOGLEBOT, "66.249.64.7")
    assert (context["ip"], context["crawler"]) == ("66.249.64.0", "verified")
    assert bot_reason(GOOGLEBOT, context=context) == "verified_crawler"
    context = context_of(GOOGLEBOT, "66.249.64.99")
    assert (context["ip"], context["crawler"]) == ("66.249.64.0", "impostor")
    assert bot_reason(GOOGLEBOT, context=context) == "false_crawler"


def test_a_browsers_own_word_on_it_is_not_believed(ranges):
    assert "crawler" not in context_of(FIREFOX, "66.249.64.7")


def test_the_address_that_a_server_passes_on_is_asked_for_as_well(ranges):
    server = TrustedSource("shop")
    context = server.context({"ip": "66.249.64.7", "userAgent": GOOGLEBOT})
    assert (context["ip"], context["crawler"]) == ("66.249.64.0", "verified")
    assert server.context({"ip": "66.249.64.7"}) == {"ip": "66.249.64.0"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["66.249.64.7", "192.0.2.1"])
def test_a_page_takes_both_for_bots(ranges, address):
    agent = FIREFOX.replace("Firefox", "Wanderer")  # which no list of crawlers knows
    request = RequestFactory().get("/", headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert bot_reason(agent, context={}) == ""
    assert visit_of(request, now=1_790_000_000_000).viewer.is_bot
