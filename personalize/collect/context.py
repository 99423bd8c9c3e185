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

LONGEST = 512
QUARTER_MS = 900_000
# Of a client's texts no more is read, nor remembered as the key of what was worked out.
READ_OF_URL = 2_048
READ_OF_NAME = 64


def enrich(event: Event) -> Event:
    """Replace the context by facts: the last use of address and user agent.

    It has device, browser, os, country, language, timezone, hour, weekday, path, referrer,
    referrer_type, utm_* and is_bot where they are known, and nothing else of what the client sent:
    what is not asked for may name a person.
    """
    given, properties = event.context, event.properties
    facts = {
        **_visit_facts(
            _text(given.get("userAgent"))[:LONGEST],
            _text(given.get("locale"))[:READ_OF_NAME],
            _text(given.get("timezone"))[:READ_OF_NAME],
            event.timestamp // QUARTER_MS,
        ),
        **_page_facts(given, properties),
        "is_bot": bool(event.bot),
    }
    country = country_of(_text(given.get("ip"))) or _text(given.get("country"))[:READ_OF_NAME]
    if country:
        facts["country"] = country
    if "search" in properties:  # cleaning has left its campaign in the context, and the URL
        properties = {key: value for key, value in properties.items() if key != "search"}
    return replace(event, context=facts, properties=properties)


# What comes again with each event of a visit is worked out once: a batch has many of them.


@lru_cache(maxsize=8_192)
def _visit_facts(
    user_agent: str, locale: str, timezone_name: str, quarter: int
) -> Mapping[str, Any]:
    device = device_of(user_agent)._asdict() if user_agent else {}
    language = locale.replace("_", "-").partition("-")[0].lower()
    told = {"language": language} if language else {}
    return {**device, **told, **_local(quarter, timezone_name)}


def _page_facts(given: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str]:
    page = _mapping(given.get("page"))
    campaign = given.get("campaign")
    url = _text(page.get("url") or properties.get("url"))[:READ_OF_URL]
    referrer = _text(page.get("referrer") or properties.get("referrer"))[:READ_OF_URL]
    if not (page or url or referrer or campaign):
        return {}
    path = _text(page.get("path"))[:LONGEST]
    search = _text(page.get("search"))[:READ_OF_URL]
    if campaign:
        return _origin_facts(url, referrer, path, search, campaign)
    return _origin(url, referrer, path, search)


def _origin_facts(
    url: str, referrer: str, path: str, search: str, campaign: Any = None
) -> dict[str, str]:
    utm = campaign_of(search.lstrip("?") or query_of(url), given=campaign)
    facts = {
        "path": (path or path_of(url))[:LONGEST],
        "referrer": without_secrets(referrer)[:LONGEST],
        "referrer_type": referrer_type(referrer, host=host_of(url), campaign=utm),
        **utm,
    }
    return {name: fact for name, fact in facts.items() if fact}


_origin = lru_cache(maxsize=4_096)(_origin_facts)


# Every zone is a whole number of quarters of an hour away from UTC: within one the facts stand.


@lru_cache(maxsize=8_192)
def _local(quarter: int, timezone_name: str) -> dict[str, Any]:
    where = zone(timezone_name)
    return {"timezone": timezone_name, **_clock(quarter, where)} if where else {}


def _clock(quarter: int, where: tzinfo) -> dict[str, Any]:
    local = datetime.fromtimestamp(quarter * QUARTER_MS / 1_000, UTC).astimezone(where)
    return {"hour": local.hour, "weekday": local.isoweekday()}


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

    def tell_time_in(self, timezone_name: object) -> None:
        """Take the hour and the weekday from the visitor's clock, if its zone is known."""
        facts = _local(self._now // QUARTER_MS, _text(timezone_name))
        self._known.update((name, facts[name]) for name in ("hour", "weekday") if name in facts)

    def __iter__(self) -> Iterator[str]:
        return iter([*_REQUEST_FACTS, "is_bot"])

    def __len__(self) -> int:
        return len(_REQUEST_FACTS) + 1


def request_context(request: HttpRequest, *, now: int, is_bot: bool = False) -> RequestContext:
    """Return the facts of the request; `now` in milliseconds. What is not known is None."""
    return RequestContext(request, now=now, is_bot=is_bot)


Facts = Mapping[str, Any]


def _request_program(request: HttpRequest, now: int) -> Facts:
    return device_of(request.META.get("HTTP_USER_AGENT", "")[:LONGEST])._asdict()


def _request_country(request: HttpRequest, now: int) -> Facts:
    return {"country": country_of(network_of(request)) or None}


def _request_language(request: HttpRequest, now: int) -> Facts:
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "").partition(",")[0].partition(";")[0]
    return {"language": accepted.strip().partition("-")[0].lower() or None}


def _request_clock(request: HttpRequest, now: int) -> Facts:
    return _clock(now // QUARTER_MS, timezone.get_current_timezone())


def _request_origin(request: HttpRequest, now: int) -> Facts:
    referrer = request.META.get("HTTP_REFERER", "")[:READ_OF_URL]
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
    return {"logged_in": is_logged_in(request)}


def is_logged_in(request: HttpRequest) -> bool:
    """Whether the visitor is logged in.

    The visitor cookie names the user after a log-in; asking Django costs SQL, so only who has a
    session but no such cookie (no consent, or none before the log-in) is asked for.
    """
    identity = identity_of(request)
    if identity and identity.user_id:
        return True
    has_session = django_settings.SESSION_COOKIE_NAME in request.COOKIES
    user = getattr(request, "user", None) if has_session else None
    return bool(user and user.is_authenticated)


_REQUEST_FACTS: dict[str, Callable[[HttpRequest, int], Facts]] = {
    **dict.fromkeys(("device", "browser", "os"), _request_program),
    "country": _request_country,
    "language": _request_language,
    **dict.fromkeys(("hour", "weekday"), _request_clock),
    **dict.fromkeys(("path", "referrer", "referrer_type", *UTM), _request_origin),
    "logged_in": _request_login,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
