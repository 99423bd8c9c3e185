"""Checks of the rest of the site: what it has to offer, and what would harm in production."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import current_app
from django.apps import apps
from django.conf import settings as site
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from personalize.checks.register import checked
from personalize.conf import Settings
from personalize.schedule import SCHEDULE

PLAIN_REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
REQUEST_PROCESSOR = "django.template.context_processors.request"


@checked()
def check_cache(conf: Settings) -> Iterator[CheckMessage]:
    """E011: clearing Django's cache does not delete profiles and events."""
    for alias, cache in site.CACHES.items():
        locations = cache.get("LOCATION") or ()
        locations = [locations] if isinstance(locations, str) else locations
        ours = _redis_place(conf.REDIS_URL)
        if ours and ours in {_redis_place(str(url)) for url in locations}:
            yield Error(
                f"The cache {alias!r} shares its Redis database with PERSONALIZE['REDIS_URL']: "
                "cache.clear() would delete profiles and events that wait.",
                hint="Give one of them another database number or, better, another server.",
                id="personalize.E011",
            )


def _redis_place(url: str) -> tuple[str, int, str] | None:
    """Return host or socket, port and database of an address; None when it is not Redis."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query).get("db", [""])[0]  # counts for more than the path
    if parts.scheme == "unix":
        return parts.path, 0, asked or "0"
    if parts.scheme not in {"redis", "rediss"}:
        return None
    host = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}.get(parts.hostname or "", parts.hostname)
    return host or "127.0.0.1", parts.port or 6379, asked or parts.path.strip("/") or "0"


@checked()
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


@checked()
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


@checked()
def check_time_zone(conf: Settings) -> Iterator[CheckMessage]:
    """E014: moments are stored with their time zone."""
    if not site.USE_TZ:
        yield Error(
            "USE_TZ is off; the times of events and schedules would be ambiguous.",
            hint="Set USE_TZ = True.",
            id="personalize.E014",
        )


@checked()
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


@checked()
def check_cms(conf: Settings) -> Iterator[CheckMessage]:
    """W004: editors of django CMS get the plugins that survive its page cache."""
    if apps.is_installed("cms") and not apps.is_installed("personalize.cms"):
        yield Warning(
            "django CMS is installed without personalize.cms: editors have no plugins.",
            hint="Add 'personalize.cms' to INSTALLED_APPS, after 'cms' and 'personalize'.",
            id="personalize.W004",
        )


@checked()
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


@checked(deploy=True)
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


@checked(deploy=True)
def check_https(conf: Settings) -> Iterator[CheckMessage]:
    """W021: the visitor cookie does not travel in the clear."""
    if not (site.SECURE_SSL_REDIRECT or site.SESSION_COOKIE_SECURE):
        yield Warning(
            "The site can be visited over http, where the visitor cookie travels in the clear.",
            hint="Set SECURE_SSL_REDIRECT = True and, behind a proxy, SECURE_PROXY_SSL_HEADER.",
            id="personalize.W021",
        )


@checked(deploy=True)
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


@checked(deploy=True)
def check_failing_cache(conf: Settings) -> Iterator[CheckMessage]:
    """W024: pages go on without the cache."""
    if site.CACHES.get("default", {}).get("BACKEND") == PLAIN_REDIS_CACHE:
        yield Warning(
            "The default cache is Django's RedisCache: it has no time-out and raises, so every "
            "page fails while its Redis is stopped or hangs.",
            hint="Use 'personalize.cache.RedisCache' as its BACKEND.",
            id="personalize.W024",
        )


@checked(deploy=True)
def check_eager_tasks(conf: Settings) -> Iterator[CheckMessage]:
    """W023: requests do not do the background work."""
    if current_app.conf.task_always_eager:
        yield Warning(
            "Celery runs tasks inside of requests (task_always_eager): senders wait.",
            hint="Remove CELERY_TASK_ALWAYS_EAGER and run a worker.",
            id="personalize.W023",
        )
