"""Each misconfiguration yields exactly one message, with its fix (U24)."""

from contextlib import ExitStack
from typing import Any

import pytest
from celery import current_app
from django.apps import apps
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
SHARED = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x/1"}
}

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


FAULTS = [
    ("E001", {"PERSONALIZE": ["REDIS_URL"]}),
    ("E001", conf(PARTITIONS="8")),
    ("E001", conf(CONSENT_REQUIRED="analytics")),
    ("W001", conf(PARTITION=8)),
    ("E002", conf(PARTITIONS=0)),
    ("E002", conf(GLOBAL_HOLDOUT_PERCENT=101.0)),
    ("E002", conf(TRUSTED_PROXIES=-1)),
    ("E003", conf(STREAM="personalize.stream.nothing.Stream")),
    ("E003", conf(STREAM_OPTIONS={"brokers": []})),
    ("E004", conf(CONSENT_REQUIRED=["analytics", "advertising"])),
    ("E005", conf(ALLOWED_ORIGINS=["*"])),
    ("E005", conf(ALLOWED_ORIGINS=["https://*.example.com"])),
    ("E005", conf(ALLOWED_ORIGINS=["https://example.com/"])),
    ("E005", conf(ALLOWED_ORIGINS=["example.com"])),
    ("E006", middleware(GZIP, CONDITIONAL)),
    ("E007", middleware(UPDATE, OURS)),
    ("E007", middleware(FETCH, OURS)),
    ("E008", middleware(OURS, GZIP)),
    ("E009", middleware(OURS, CONDITIONAL)),
    ("E010", {"SECRET_KEY": ""}),
    ("E011", cache_at("redis://x:6379/0")),
    ("E011", cache_at(["redis://y/0", "redis://x"])),
    ("E012", {"ROOT_URLCONF": "tests.bare_urls"}),
    ("E013", without("context_processors.request")),
    ("E014", {"USE_TZ": False}),
    ("W002", conf(GEO_DATABASE="/nowhere/country.mmdb")),
    ("W005", middleware(OURS, "htmlmin.middleware.HtmlMinifyMiddleware")),
    ("W006", conf(IDENTIFY_SECRET="short")),
    ("W007", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}),
    ("W008", conf(COOKIE_MAX_AGE_DAYS=730)),
]
DEPLOY_FAULTS = [
    ("W020", {"SECRET_KEY": "django-insecure-" + KEY}),
    ("W020", {"SECRET_KEY": "short"}),
    ("W021", {"SECURE_SSL_REDIRECT": False, "SESSION_COOKIE_SECURE": False}),
    ("W022", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}),
    ("W022", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}),
]


def messages(*, deploy: bool = False, **overrides: Any) -> list[checks.CheckMessage]:
    with override_settings(**{**GOOD, **overrides}):
        return checks.run_checks(tags=["personalize"], include_deployment_checks=deploy)


def ids(found: list[checks.CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("personalize.") for message in found]


def test_a_good_configuration_is_silent():
    assert ids(messages()) == []
    assert ids(messages(deploy=True)) == []


@pytest.mark.parametrize(
    ("expected", "overrides"), FAULTS, ids=[f"{e}-{i}" for i, (e, _) in enumerate(FAULTS)]
)
def test_each_misconfiguration_yields_exactly_one_message_with_its_fix(expected, overrides):
    found = messages(**overrides)

    assert ids(found) == [expected]
    assert found[0].hint


@pytest.mark.parametrize(("expected", "overrides"), DEPLOY_FAULTS)
def test_what_only_matters_in_production_is_said_by_check_deploy(expected, overrides):
    assert ids(messages(**overrides)) == []

    found = messages(deploy=True, **overrides)
    assert ids(found) == [expected]
    assert found[0].hint


def test_an_unknown_setting_is_told_its_nearest_neighbour_U26():
    (message,) = messages(**conf(partition=8))

    assert "Did you mean 'PARTITIONS'?" in message.msg


def test_a_wrong_type_is_named_with_what_was_expected_U26():
    (message,) = messages(**conf(PARTITIONS="8"))

    assert "`int`" in message.msg
    assert "PARTITIONS" in message.msg


def test_django_cms_without_its_plugins_is_W004(monkeypatch):
    monkeypatch.delitem(apps.app_configs, apps.get_containing_app_config("personalize.cms").label)

    assert ids(messages()) == ["W004"]


@pytest.fixture
def celery() -> Any:
    with ExitStack() as restored:
        before = {name: current_app.conf[name] for name in ("beat_schedule", "task_always_eager")}
        restored.callback(current_app.conf.update, before)
        yield current_app.conf


def test_a_beat_that_does_not_ring_is_W003(celery):
    celery.beat_schedule = {"other": {"task": "other", "schedule": 1.0}}

    (message,) = messages()
    assert ids([message]) == ["W003"]
    assert "personalize.tasks.ring" in message.msg


def test_tasks_inside_of_requests_are_W023(celery):
    celery.task_always_eager = True

    assert ids(messages(deploy=True)) == ["W023"]
