"""The facts around an event or a request, under the names that rules ask for: `context.<name>`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.utils import timezone
from msgspec.structs import replace

from personalize.collect.address import network_of
from personalize.collect.device import device_of
from personalize.collect.geo import country_of
from personalize.collect.identity import identity_of
from personalize.collect.referrer import (
    UTM,
    campaign_of,
    host_of,
    path_of,
    query_of,
    referrer_type,
    without_secrets,
)
from personalize.events.event import Event

URL_PROPERTIES = ("url", "referrer")
LONGEST = 512
QUARTER_MS = 900_000
SPENT = frozenset(
    {"userAgent", "userAgentData", "ip", "locale", "campaign", "page", "consent", "country"}
)


def enrich(event: Event) -> Event:
    """Replace what identifies in the context by facts: the last use of address and user agent.

    Adds device, browser, os, country, language, hour, weekday, path, referrer, referrer_type, utm_*
    and is_bot where they are known; URLs keep of their query no more than the campaign.
    """
    given = event.context
    context = {key: value for key, value in given.items() if key not in SPENT}
    context.update(_program(_text(given.get("userAgent")), _text(given.get("locale"))))
    context.update(_page_facts(given, event.properties))
    context.update(_clock(event.timestamp, zone(_text(given.get("timezone")))))
    country = country_of(_text(given.get("ip"))) or _text(given.get("country"))
    if country:
        context["country"] = country
    context["is_bot"] = bool(event.bot)
    return replace(event, context=context, properties=_clean_urls(event.properties))


# What comes again with each event of a visit is worked out once: a batch has many of them.


@lru_cache(maxsize=8_192)
def _program(user_agent: str, locale: str) -> dict[str, str]:
    device = device_of(user_agent)._asdict() if user_agent else {}
    language = locale.replace("_", "-").partition("-")[0].lower()
    return {**device, "language": language} if language else device


def _page_facts(given: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str]:
    page = _mapping(given.get("page"))
    url = _text(page.get("url") or properties.get("url"))
    referrer = _text(page.get("referrer") or properties.get("referrer"))
    campaign = given.get("campaign")
    query = _text(page.get("search")).lstrip("?") or query_of(url)
    if not (page or url or referrer or query or campaign):
        return {}
    path = _text(page.get("path"))
    if campaign:
        return _origin.__wrapped__(url, referrer, path, query, campaign)
    return _origin(url, referrer, path, query)


@lru_cache(maxsize=8_192)
def _origin(
    url: str, referrer: str, path: str, query: str, campaign: Any = None
) -> dict[str, str]:
    utm = campaign_of(query, given=campaign)
    facts = {
        "path": (path or path_of(url))[:LONGEST],
        "referrer": without_secrets(referrer)[:LONGEST],
        "referrer_type": referrer_type(referrer, host=host_of(url), campaign=utm),
        **utm,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _clock(milliseconds: int, where: tzinfo | None) -> dict[str, Any]:
    return _quarter(milliseconds // QUARTER_MS, where) if where else {}


@lru_cache(maxsize=8_192)
def _quarter(number: int, where: tzinfo) -> dict[str, Any]:
    # Every zone is a whole number of quarters of an hour away from UTC.
    local = datetime.fromtimestamp(number * QUARTER_MS / 1_000, UTC).astimezone(where)
    return {"hour": local.hour, "weekday": local.isoweekday()}


def _clean_urls(properties: dict[str, Any]) -> dict[str, Any]:
    found = {key: properties[key] for key in URL_PROPERTIES if isinstance(properties.get(key), str)}
    if not found and "search" not in properties:
        return properties
    kept = {key: value for key, value in properties.items() if key != "search"}
    return kept | {key: without_secrets(url)[:LONGEST] for key, url in found.items()}


@lru_cache(maxsize=1_024)
def zone(name: str) -> tzinfo | None:
    """Return the time zone of a name such as "Europe/Berlin", or None."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class RequestContext(Mapping[str, Any]):
    """The same facts of a request, each found out when a rule asks for it, and once."""

    def __init__(self, request: HttpRequest, *, now: int, is_bot: bool) -> None:
        self._request = request
        self._now = now
        self._known: dict[str, Any] = {"is_bot": is_bot}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known.update(_REQUEST_FACTS[name](self._request, self._now))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*_REQUEST_FACTS, "is_bot"])

    def __len__(self) -> int:
        return len(_REQUEST_FACTS) + 1


def request_context(request: HttpRequest, *, now: int, is_bot: bool = False) -> RequestContext:
    """Return the facts of the request; `now` in milliseconds. What is not known is None."""
    return RequestContext(request, now=now, is_bot=is_bot)


Facts = Mapping[str, Any]


def _request_program(request: HttpRequest, now: int) -> Facts:
    return device_of(request.META.get("HTTP_USER_AGENT", ""))._asdict()


def _request_country(request: HttpRequest, now: int) -> Facts:
    return {"country": country_of(network_of(request)) or None}


def _request_language(request: HttpRequest, now: int) -> Facts:
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "").partition(",")[0].partition(";")[0]
    return {"language": accepted.strip().partition("-")[0].lower() or None}


def _request_clock(request: HttpRequest, now: int) -> Facts:
    return _clock(now, timezone.get_current_timezone())


def _request_origin(request: HttpRequest, now: int) -> Facts:
    referrer = request.META.get("HTTP_REFERER", "")
    utm = campaign_of(request.META.get("QUERY_STRING", ""))
    host = request.META.get("HTTP_HOST", "").partition(":")[0].removeprefix("www.")
    return {
        "path": request.path,
        "referrer": without_secrets(referrer)[:LONGEST] or None,
        "referrer_type": referrer_type(referrer, host=host, campaign=utm),
        **dict.fromkeys(UTM),
        **utm,
    }


def _request_login(request: HttpRequest, now: int) -> Facts:
    """Believe the visitor cookie, which names the user after a log-in; asking Django costs SQL."""
    identity = identity_of(request)
    if identity is not None:
        return {"logged_in": bool(identity.user_id)}
    has_session = django_settings.SESSION_COOKIE_NAME in request.COOKIES
    user = getattr(request, "user", None) if has_session else None
    return {"logged_in": bool(user and user.is_authenticated)}


_REQUEST_FACTS: dict[str, Callable[[HttpRequest, int], Facts]] = {
    **dict.fromkeys(("device", "browser", "os"), _request_program),
    "country": _request_country,
    "language": _request_language,
    **dict.fromkeys(("hour", "weekday"), _request_clock),
    **dict.fromkeys(("path", "referrer", "referrer_type", *UTM), _request_origin),
    "logged_in": _request_login,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
