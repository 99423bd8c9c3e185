"""Where a visit came from: campaign parameters, and the kind of page that led here."""

from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LONGEST = 128

SEARCH = frozenset(
    {"google", "bing", "duckduckgo", "yahoo", "baidu", "yandex", "ecosia", "qwant", "startpage"}
    | {"brave", "mojeek", "seznam", "naver", "kagi", "perplexity"}
)
SOCIAL = frozenset(
    {"facebook", "fb", "instagram", "twitter", "x", "linkedin", "lnkd", "reddit", "pinterest"}
    | {"youtube", "tiktok", "threads", "bsky", "whatsapp", "telegram", "snapchat", "tumblr", "vk"}
    | {"weibo", "xing", "mastodon", "discord", "messenger"}
)
# Short hosts and mail programs that their last names alone do not tell.
HOSTS = {
    "t.co": "social",
    "t.me": "social",
    "mail.google.com": "email",
    "outlook.live.com": "email",
    "mail.yahoo.com": "email",
    "search.brave.com": "search",
}


def campaign_of(query: str, *, given: object = None) -> dict[str, str]:
    """Return the utm_* values of a query; `given` is Segment's `context.campaign`, which wins."""
    pairs = parse_qsl(query) if query else []
    found = {key: value[:LONGEST] for key, value in pairs if key in UTM and value}
    if isinstance(given, dict):
        for key, value in given.items():
            name = "utm_campaign" if key == "name" else f"utm_{key}"
            if name in UTM and isinstance(value, str) and value:
                found[name] = value[:LONGEST]
    return found


def referrer_type(referrer: str, *, host: str, campaign: dict[str, str]) -> str:
    """Return campaign, email, direct, internal, search, social or referral."""
    if campaign:
        return "email" if campaign.get("utm_medium", "").lower() == "email" else "campaign"
    source = host_of(referrer)
    if not source:
        return "direct"
    if source == host:
        return "internal"
    if source in HOSTS:
        return HOSTS[source]
    if source.split(".")[0] in ("mail", "webmail"):
        return "email"
    names = set(source.split(".")[:-1])
    if names & SEARCH:
        return "search"
    return "social" if names & SOCIAL else "referral"


def host_of(url: str) -> str:
    """Return the host of a URL without `www.`, or an empty string for what is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """Return the path of a URL, or an empty string."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def query_of(url: str) -> str:
    """Return the query of a URL, or an empty string."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


@lru_cache(maxsize=4_096)
def without_secrets(url: str) -> str:
    """Return the URL with its campaign alone: queries and fragments hold names and tokens.

    It is remembered, so cut what a client sent before you ask.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    kept = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] in UTM])
    return urlunsplit((parts.scheme, host, parts.path, kept, ""))
