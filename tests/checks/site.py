"""A site without a fault, changes that make one, and what the checks then say."""

from typing import Any

from django.conf import settings as site
from django.core import checks
from django.test import override_settings

GZIP = "django.middleware.gzip.GZipMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
OURS = "personalize.middleware.PersonalizeMiddleware"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
REST = ["django.contrib.sessions.middleware.SessionMiddleware"]
KEY = "a-key-of-more-than-fifty-characters-for-these-tests-only-0123456789"
SHARED = {"default": {"BACKEND": "personalize.cache.RedisCache", "LOCATION": "redis://x/1"}}

GOOD: dict[str, Any] = {
    "SECRET_KEY": KEY,
    "MIDDLEWARE": [GZIP, CONDITIONAL, OURS, UPDATE, *REST, FETCH],
    "CACHES": SHARED,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": None,
    "PERSONALIZE": {"REDIS_URL": "redis://x/0"},
}


def conf(**fields: Any) -> dict[str, Any]:
    return {"PERSONALIZE": {**GOOD["PERSONALIZE"], **fields}}


def middleware(*paths: str) -> dict[str, Any]:
    return {"MIDDLEWARE": [*paths, *REST]}


def cache_at(location: Any) -> dict[str, Any]:
    return {"CACHES": {"default": {**SHARED["default"], "LOCATION": location}}}


def without(processor: str) -> dict[str, Any]:
    (engine,) = site.TEMPLATES
    options = engine["OPTIONS"]
    kept = [path for path in options["context_processors"] if not path.endswith(processor)]
    return {"TEMPLATES": [{**engine, "OPTIONS": {**options, "context_processors": kept}}]}


def messages(*, deploy: bool = False, **overrides: Any) -> list[checks.CheckMessage]:
    with override_settings(**{**GOOD, **overrides}):
        return checks.run_checks(tags=["personalize"], include_deployment_checks=deploy)


def ids(found: list[checks.CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("personalize.") for message in found]
