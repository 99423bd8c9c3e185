"""Which events programs caused: by their user agent, and by what a script sees of its own browser.

Three questions, the cheapest first: does it open like a browser; does it carry a word that only
programs carry; is it a crawler known by name. Each answer takes time linear in the user agent.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA as KNOWN

LONGEST = 512
CRAWLERS = {"verified": "verified_crawler", "impostor": "false_crawler"}

# How programs of people begin. Today's all say "Mozilla/5.0 ("; others are old, or inside of apps.
OPENINGS = r"""
mozilla|opera|dalvik/|ucweb|samsung|nokia|safari|lg[-e/]|blackberry|mobile|sonyericsson|htc|huawei
mot-|zte|com\.apple\.|lenovo|karbonn|micromax|alcatel|mqqbrowser|vodafone|sharp|panasonic|philips
sagem|sec-|e?links|firefox|chrome|puffin|mt\d{4}|icoreservice|ip(?:hone|ad|od)|apple|konqueror|dillo
iceweasel|icab|itunes|w3m|sleipnir|callpod|avant browser|internet explorer|msie|ie\d|windows
t-online|web/|bear/|mercury/|snapchat|android \d|maui|wechat|mxbrowser|idsc/|null\b
appcelerator|ddg-android
[\d.]+$|[a-z0-9]{1,3}$|[\w .-]+ (?:linux/|\(linux; u; android)|[^ ]+ mozilla/5|[\w .-]{1,24}browser
[^+:]{1,40}(?:cfnetwork/|midp|iphone|ipad|ipod|; ?android)
"""

# What no browser of a person says. "[^c]u" spares the telephones of the maker Cubot.
WORDS = r"""
(?:^|[^u]|[^c]u)bots?(?:\b|_)|crawl|spider|scrap|slurp|nutch|siege|zombie|transcoder
headless|phantomjs|puppeteer|playwright|selenium|webdriver|wkhtml|webkit2png|synthetic
\bpython|\bcurl|wget|libwww|\bperl\b|\bruby/|okhttp|go-http|http.?client|http(?:request|status)
znhttp|https?:/|www\.|[a-z-]{3}\.(?:com|org)(?:[)/; ]|$)|@[a-z0-9.-]+\.[a-z]{2}|\bat gmail
\(contact|; \+
fetch|\bscan|scan(?:ner)?\b|monitor|check|analy[zs]er|archive|validator|verif|detect|inspect|audit
measurement|fingerprint|survey|insights|lighthouse|observatory|grader|ptst|broken|lookup|prospect
\bfeed|feed(?:er)?\b|\brss|rss/|preview|screenshot|screenie|thumb|captur|mshots|websnap|favicon
extractor|retrieval|\bbackl?ink|\bseo|seo\b|translate\b|[a-z]agent\b|\bagent/|agent \d|proxy/\d
google[- ](?:[a-fh-orstu-z]|pa|pp|pu|po|site|search)|googleother|googlesites|duplexweb
statuscake|cloudflare|neustar|iplabel|debugbear|dmbrowser|yottaa|grub-client|claude[-/]|devin/
microsoft outlook|\) (?:word|excel|powerpoint)/|firefox mutant
^mozilla/\d\.\d+ (?:[^(\[l ]|\((?:unknown|laravel|mixnode|compatible[;,]? ?\)))
^mozilla/\d\.\d+ \(compatible; ?(?:[a-jln-z]|m[^s]|k[^o])
"""


def bot_reason(user_agent: str, *, context: Mapping[str, Any]) -> str:
    """Return why the event is a program's, or an empty string.

    `context.webdriver` is what the tracker reads of `navigator.webdriver`, `context.headless` what
    the endpoint reads of `Sec-CH-UA`, `context.crawler` what it finds of one that claims to be a
    listed crawler: that it comes from there (verified), or from elsewhere (impostor).

    >>> bot_reason("curl/8.5.0", context={})
    'not_a_browser'
    """
    mark = context.get("crawler")
    if isinstance(mark, str) and mark in CRAWLERS:
        return CRAWLERS[mark]
    if context.get("webdriver") is True:
        return "webdriver"
    if context.get("headless") is True:
        return "headless"
    return reason_of_agent(user_agent[:LONGEST])


@lru_cache(maxsize=16_384)
def reason_of_agent(user_agent: str) -> str:
    """Return no_user_agent, not_a_browser, bot_word, known_crawler, or an empty string."""
    if not user_agent:
        return "no_user_agent"
    reason = _cheap_reason(user_agent)
    if not reason and _known.search(user_agent):
        return "known_crawler"
    return reason


def _cheap_reason(user_agent: str) -> str:
    if not _opening.match(user_agent):
        return "not_a_browser"
    return "bot_word" if _words.search(user_agent) else ""


def _alternatives(text: str) -> str:
    return "|".join(text.split("\n")[1:-1])


def _re2(pattern: str) -> Any:
    options = re2.Options()
    options.never_capture = True
    options.max_mem = 64 << 20  # enough to keep its automaton: without, it is built again and again
    return re2.compile(pattern, options)


def _patterns_left() -> list[str]:
    """Return the patterns of the crawlers that the two cheap questions do not find."""
    return [
        known["pattern"]
        for known in KNOWN
        if not known["instances"] or not all(map(_cheap_reason, known["instances"]))
    ]


_opening = re.compile(rf"\W{{0,3}}(?:user-agent: ?|0 )?(?:{_alternatives(OPENINGS)})", re.I)
_words = _re2(f"(?i){_alternatives(WORDS)}")
_known = _re2("|".join(_patterns_left()))
