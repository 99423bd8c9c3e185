"""System checks: every misconfiguration that would break a promise, with its fix in the hint."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from django.apps import apps
from django.conf import settings as site
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from personalize.conf import (
    PURPOSES,
    InvalidSettings,
    Settings,
    did_you_mean,
    settings,
    unknown_keys,
)
from personalize.schedule import SCHEDULE

MIDDLEWARE = "personalize.middleware.PersonalizeMiddleware"
REQUEST_PROCESSOR = "django.template.context_processors.request"
SHORTEST_SECRET = 32
LONGEST_COOKIE_DAYS = 396  # 13 months: the most that data protection authorities accept

AT_LEAST_ONE = (
    "PARTITIONS", "MAX_REQUEST_BYTES", "MAX_EVENT_BYTES", "MAX_BATCH_EVENTS", "MAX_DEPTH",
    "MAX_PROPERTIES", "RATE_EVENTS_PER_MINUTE", "COOKIE_MAX_AGE_DAYS", "SESSION_GAP_SECONDS",
    "PROFILE_TTL_DAYS", "STORE_TIMEOUT_MS", "BREAKER_FAILURES",
)  # fmt: skip
NOT_NEGATIVE = (
    "TRUSTED_PROXIES", "MAX_FUTURE_SECONDS", "MAX_PAST_DAYS", "TIMELINE_EVENTS", "BREAKER_SECONDS",
    "PLAN_MAX_AGE_SECONDS",
)  # fmt: skip

Check = Callable[[Settings], Iterator[CheckMessage]]


def _check(*, deploy: bool = False) -> Callable[[Check], Check]:
    """Register a check that needs valid settings; what makes them invalid is reported by E001."""

    def decorate(check: Check) -> Check:
        def run(app_configs: Any, **_: Any) -> list[CheckMessage]:
            try:
                return list(check(settings()))
            except (InvalidSettings, AttributeError):
                return []

        run.__doc__ = check.__doc__  # not `wraps`: Django looks at the signature underneath
        register(run, "personalize", deploy=deploy)
        return check

    return decorate


# The settings themselves


@register("personalize")
def check_types(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """E001, W001: every key is known and has the type that is expected."""
    given = getattr(site, "PERSONALIZE", {})
    hint = "See docs/reference/settings.md for each setting's type and default."
    if not isinstance(given, dict):
        return [Error("PERSONALIZE is not a dictionary.", hint=hint, id="personalize.E001")]
    messages: list[CheckMessage] = [
        Warning(
            f"PERSONALIZE has an unknown setting {key!r}; it has no effect.{did_you_mean(key)}",
            hint="Correct the name, or remove the setting.",
            id="personalize.W001",
        )
        for key in unknown_keys(given)
    ]
    try:
        settings()
    except InvalidSettings as error:
        messages.append(Error(str(error), hint=hint, id="personalize.E001"))
    return messages


@_check()
def check_ranges(conf: Settings) -> Iterator[CheckMessage]:
    """E002: no number is outside of what makes sense."""
    wrong = [f"{key} must be at least 1" for key in AT_LEAST_ONE if getattr(conf, key) < 1]
    wrong += [f"{key} must not be negative" for key in NOT_NEGATIVE if getattr(conf, key) < 0]
    if not 0 <= conf.GLOBAL_HOLDOUT_PERCENT <= 100:
        wrong.append("GLOBAL_HOLDOUT_PERCENT must be between 0 and 100")
    for sentence in wrong:
        hint = "Correct the number in PERSONALIZE, or remove the setting to get its default."
        yield Error(f"PERSONALIZE: {sentence}.", hint=hint, id="personalize.E002")


@_check()
def check_stream(conf: Settings) -> Iterator[CheckMessage]:
    """E003: the stream backend exists and takes the options."""
    hint = "Name the class with its full path, and only options that its constructor takes."
    try:
        backend = import_string(conf.STREAM)
        inspect.signature(backend).bind(partitions=conf.PARTITIONS, **conf.STREAM_OPTIONS)
    except (ImportError, TypeError) as error:
        problem = f"The stream {conf.STREAM!r} (PERSONALIZE['STREAM']) cannot be made: {error}."
        yield Error(problem, hint=hint, id="personalize.E003")


@_check()
def check_purposes(conf: Settings) -> Iterator[CheckMessage]:
    """E004: consent is only asked for purposes that exist."""
    for purpose in conf.CONSENT_REQUIRED:
        if purpose not in PURPOSES:
            yield Error(
                f"PERSONALIZE['CONSENT_REQUIRED'] names an unknown purpose {purpose!r}.",
                hint=f"The purposes are {', '.join(PURPOSES)}.",
                id="personalize.E004",
            )


@_check()
def check_origins(conf: Settings) -> Iterator[CheckMessage]:
    """E005: allowed origins can equal what a browser sends."""
    for origin in conf.ALLOWED_ORIGINS:
        parts = urlsplit(origin)
        if origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin or not parts.netloc:
            yield Error(
                f"PERSONALIZE['ALLOWED_ORIGINS'] has {origin!r}, which is not an origin.",
                hint="Write scheme, host and port only, without a slash: https://www.example.com.",
                id="personalize.E005",
            )


@_check()
def check_secrets(conf: Settings) -> Iterator[CheckMessage]:
    """E010, W006: what signs identities cannot be guessed."""
    try:
        _ = site.SECRET_KEY
    except ImproperlyConfigured:
        yield Error(
            "SECRET_KEY is empty, so anybody could forge visitor cookies and slot markers.",
            hint="Set SECRET_KEY to 50 random characters, from the environment.",
            id="personalize.E010",
        )
    if 0 < len(conf.IDENTIFY_SECRET) < SHORTEST_SECRET:
        yield Warning(
            "PERSONALIZE['IDENTIFY_SECRET'] is short; whoever guesses it can pose as any user.",
            hint=f"Use at least {SHORTEST_SECRET} random characters, or leave it empty.",
            id="personalize.W006",
        )


@_check()
def check_files(conf: Settings) -> Iterator[CheckMessage]:
    """W002: the geographic database is there."""
    if conf.GEO_DATABASE and not Path(conf.GEO_DATABASE).is_file():
        yield Warning(
            f"PERSONALIZE['GEO_DATABASE'] names {conf.GEO_DATABASE!r}, and there is no such file; "
            "rules about the country match nobody.",
            hint="Put a MaxMind (.mmdb) file there, or leave the setting empty.",
            id="personalize.W002",
        )


@_check()
def check_cookie_age(conf: Settings) -> Iterator[CheckMessage]:
    """W008: the visitor cookie does not outlive what authorities accept."""
    if conf.COOKIE_MAX_AGE_DAYS > LONGEST_COOKIE_DAYS:
        yield Warning(
            f"The visitor cookie lives {conf.COOKIE_MAX_AGE_DAYS} days; accepted are 13 months.",
            hint=f"Set PERSONALIZE['COOKIE_MAX_AGE_DAYS'] to {LONGEST_COOKIE_DAYS} or less.",
            id="personalize.W008",
        )


# Middleware: outside of every cache, inside of what compresses and compares


def _middleware() -> list[tuple[str, Any]]:
    """Each listed path with what it names; Django itself reports a path that cannot be imported."""
    found: list[tuple[str, Any]] = []
    for path in site.MIDDLEWARE:
        try:
            found.append((path, import_string(path)))
        except ImportError:
            found.append((path, None))
    return found


def _is_any(middleware: Any, *kinds: type) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, kinds)


@_check()
def check_middleware(conf: Settings) -> Iterator[CheckMessage]:
    """E006 to E009, W005: the middleware is there, and where stored pages stay impersonal."""
    if MIDDLEWARE not in site.MIDDLEWARE:
        yield Error(
            "PersonalizeMiddleware is not in MIDDLEWARE: no cached page is personalised.",
            hint=f"Add {MIDDLEWARE!r} after GZip and ConditionalGet, before the rest.",
            id="personalize.E006",
        )
        return
    listed = _middleware()
    place = [path for path, _ in listed].index(MIDDLEWARE)
    yield from _outside(listed[:place])
    yield from _inside(listed[place + 1 :])


def _outside(listed: list[tuple[str, Any]]) -> Iterator[CheckMessage]:
    for path, middleware in listed:
        if _is_any(middleware, UpdateCacheMiddleware, FetchFromCacheMiddleware):
            yield Error(
                f"{path} stands before PersonalizeMiddleware: it would store one visitor's page "
                "and show it to others.",
                hint=f"Move {MIDDLEWARE!r} before every cache middleware.",
                id="personalize.E007",
            )


def _inside(listed: list[tuple[str, Any]]) -> Iterator[CheckMessage]:
    for path, middleware in listed:
        if _is_any(middleware, GZipMiddleware):
            yield Error(
                f"{path} stands after PersonalizeMiddleware, which finds no slots in gzip.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.E008",
            )
        elif _is_any(middleware, ConditionalGetMiddleware):
            yield Error(
                f"{path} stands after PersonalizeMiddleware: it would call a page unchanged "
                "whose variants have changed.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.E009",
            )
        elif "minif" in path.lower():
            yield Warning(
                f"{path} stands after PersonalizeMiddleware and may remove its markers.",
                hint=f"Move {path!r} before {MIDDLEWARE!r}.",
                id="personalize.W005",
            )


# The rest of the site


@_check()
def check_cache(conf: Settings) -> Iterator[CheckMessage]:
    """E011: clearing Django's cache does not delete profiles and events."""
    for alias, cache in site.CACHES.items():
        locations = cache.get("LOCATION") or ()
        locations = [locations] if isinstance(locations, str) else locations
        if any(_redis_place(conf.REDIS_URL) == _redis_place(str(url)) for url in locations):
            yield Error(
                f"The cache {alias!r} shares its Redis database with PERSONALIZE['REDIS_URL']: "
                "cache.clear() would delete profiles and events that wait.",
                hint="Give one of them another database number or, better, another server.",
                id="personalize.E011",
            )


def _redis_place(url: str) -> tuple[str, int, str] | None:
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss"}:
        return None
    host = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}.get(parts.hostname or "", parts.hostname)
    return host or "127.0.0.1", parts.port or 6379, parts.path.strip("/") or "0"


@_check()
def check_urls(conf: Settings) -> Iterator[CheckMessage]:
    """E012: events have somewhere to go."""
    try:
        reverse("personalize:batch")
    except NoReverseMatch:
        yield Error(
            "The URLs of personalize are not included: no event can be sent.",
            hint='Add path("personalize/", include("personalize.urls")) to ROOT_URLCONF.',
            id="personalize.E012",
        )


@_check()
def check_templates(conf: Settings) -> Iterator[CheckMessage]:
    """E013: the template tags find the request."""
    for engine in site.TEMPLATES:
        options: Any = engine.get("OPTIONS", {})
        processors = options.get("context_processors", [])
        is_django = engine["BACKEND"] == "django.template.backends.django.DjangoTemplates"
        if is_django and REQUEST_PROCESSOR not in processors:
            yield Error(
                "The request context processor is missing: slots cannot know whom they are for.",
                hint=f"Add {REQUEST_PROCESSOR!r} to context_processors in TEMPLATES.",
                id="personalize.E013",
            )


@_check()
def check_time_zone(conf: Settings) -> Iterator[CheckMessage]:
    """E014: moments are stored with their time zone."""
    if not site.USE_TZ:
        yield Error(
            "USE_TZ is off; the times of events and schedules would be ambiguous.",
            hint="Set USE_TZ = True.",
            id="personalize.E014",
        )


@_check()
def check_beat(conf: Settings) -> Iterator[CheckMessage]:
    """W003: beat rings for what the doorbells left."""
    scheduled = {entry.get("task") for entry in (current_app.conf.beat_schedule or {}).values()}
    missing = sorted({entry["task"] for entry in SCHEDULE.values()} - scheduled)
    if missing:
        yield Warning(
            f"Celery's beat schedule lacks {', '.join(missing)}.",
            hint="Set CELERY_BEAT_SCHEDULE = {**personalize.schedule.SCHEDULE, ...}.",
            id="personalize.W003",
        )


@_check()
def check_cms(conf: Settings) -> Iterator[CheckMessage]:
    """W004: editors of django CMS get the plugins that survive its page cache."""
    if apps.is_installed("cms") and not apps.is_installed("personalize.cms"):
        yield Warning(
            "django CMS is installed without personalize.cms: editors have no plugins.",
            hint="Add 'personalize.cms' to INSTALLED_APPS, after 'cms' and 'personalize'.",
            id="personalize.W004",
        )


@_check()
def check_proxies(conf: Settings) -> Iterator[CheckMessage]:
    """W007: behind a proxy, visitors are told apart by address."""
    if site.SECURE_PROXY_SSL_HEADER and not conf.TRUSTED_PROXIES:
        yield Warning(
            "The site stands behind a proxy, and PERSONALIZE['TRUSTED_PROXIES'] is 0: all visitors "
            "seem to have the proxy's address, share one rate limit, and have no country.",
            hint="Set TRUSTED_PROXIES to the number of proxies that add to X-Forwarded-For.",
            id="personalize.W007",
        )


# Only with `check --deploy`


@_check(deploy=True)
def check_secret_key_strength(conf: Settings) -> Iterator[CheckMessage]:
    """W020: the key that signs visitors' identities is a real one."""
    try:
        key = site.SECRET_KEY
    except ImproperlyConfigured:  # E010 says so
        return
    if len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-"):
        yield Warning(
            "SECRET_KEY is weak; it signs visitor cookies and slot markers.",
            hint="Set SECRET_KEY to 50 random characters, from the environment.",
            id="personalize.W020",
        )


@_check(deploy=True)
def check_https(conf: Settings) -> Iterator[CheckMessage]:
    """W021: the visitor cookie does not travel in the clear."""
    if not (site.SECURE_SSL_REDIRECT or site.SESSION_COOKIE_SECURE):
        yield Warning(
            "The site can be visited over http, where the visitor cookie travels in the clear.",
            hint="Set SECURE_SSL_REDIRECT = True and, behind a proxy, SECURE_PROXY_SSL_HEADER.",
            id="personalize.W021",
        )


@_check(deploy=True)
def check_shared_cache(conf: Settings) -> Iterator[CheckMessage]:
    """W022: all processes share one cache."""
    backend = site.CACHES.get("default", {}).get("BACKEND", "")
    if backend.endswith(("LocMemCache", "DummyCache")):
        yield Warning(
            "The default cache is not shared between processes: each one caches pages on its own, "
            "and what an editor publishes stays old in the others.",
            hint="Use a cache that all processes share, for example Redis (CACHE_URL).",
            id="personalize.W022",
        )


@_check(deploy=True)
def check_eager_tasks(conf: Settings) -> Iterator[CheckMessage]:
    """W023: requests do not do the background work."""
    if current_app.conf.task_always_eager:
        yield Warning(
            "Celery runs tasks inside of requests (task_always_eager): senders wait.",
            hint="Remove CELERY_TASK_ALWAYS_EAGER and run a worker.",
            id="personalize.W023",
        )
