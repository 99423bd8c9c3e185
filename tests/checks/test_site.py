"""Checks of the rest of the site."""

from contextlib import ExitStack
from typing import Any

import pytest
from celery import current_app
from django.apps import apps

from personalize.checks.site import PLAIN_REDIS_CACHE
from tests.checks.site import KEY, cache_at, ids, messages, without

FAULTS = [
    ("E011", cache_at("redis://x:6379/0")),
    ("E011", cache_at(["redis://y/0", "redis://x"])),
    ("E011", cache_at("redis://x:6379/5?db=0")),
    ("E012", {"ROOT_URLCONF": "tests.bare_urls"}),
    ("E013", without("context_processors.request")),
    ("E014", {"USE_TZ": False}),
    ("W007", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}),
]
DEPLOY_FAULTS = [
    ("W020", {"SECRET_KEY": "django-insecure-" + KEY}),
    ("W020", {"SECRET_KEY": "short"}),
    ("W021", {"SECURE_SSL_REDIRECT": False, "SESSION_COOKIE_SECURE": False}),
    ("W022", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}),
    ("W022", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}),
    ("W024", {"CACHES": {"default": {"BACKEND": PLAIN_REDIS_CACHE}}}),
]


def test_a_good_configuration_is_silent():
    assert ids(messages()) == []
    assert ids(messages(deploy=True)) == []


@pytest.mark.parametrize(("expected", "overrides"), FAULTS)
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


@pytest.mark.parametrize(
    ("redis", "cache", "expected"),
    [
        ("unix:///run/redis.sock", "127.0.0.1:11211", []),
        ("unix:///run/redis.sock", "unix:///run/other.sock", []),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=1", []),
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock", ["E011"]),
        ("redis://x/0?db=2", "redis://x/0", []),
        ("redis://x/0?db=2", "redis://localhost", []),
        ("redis://x/0?db=2", "redis://x:6379/2", ["E011"]),
    ],
)
def test_a_place_in_redis_is_its_host_or_socket_and_its_database(redis, cache, expected):
    found = messages(PERSONALIZE={"REDIS_URL": redis}, **cache_at(cache))

    assert [each for each in ids(found) if each == "E011"] == expected
