"""The standing cast, and a clean Redis and cache for every test."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.cache import caches
from pytest_django import Settings

from personalize import metrics
from personalize.collect.rate import buckets
from personalize.connections import worker_redis
from personalize.decide.plan import forget_plan
from personalize.measure import gather, samples, shown
from personalize.measure.exposures import Buffer, buffer
from personalize.segment import configuration


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """Start every test with an empty Redis and empty caches."""
    worker_redis().flushdb()
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def unpushed_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no thread push metrics while a test looks at Redis."""
    monkeypatch.setattr(metrics, "_on_first_use", lambda: None)
    monkeypatch.setattr(gather, "_pushed", {})


@pytest.fixture(autouse=True)
def rested_senders() -> None:
    """Let no test be slowed for what another has sent."""
    buckets.clear()


@pytest.fixture(autouse=True)
def new_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test decide by another's configuration, and no thread send another's exposures."""
    forget_plan()
    buffer.clear()
    monkeypatch.setattr(shown, "_waiting", Counter())
    samples.forget_waiting()
    monkeypatch.setattr(configuration, "_configuration", None)
    monkeypatch.setattr(Buffer, "start", lambda self: None)


@pytest.fixture(autouse=True)
def patient_page(settings: Settings) -> None:
    """Let pages wait for a busy machine; tests about time-outs set their own."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "STORE_TIMEOUT_MS": 2_000}


@pytest.fixture(autouse=True)
def current_content_types() -> None:
    """Let versioning look its content types up: they have new keys after a flushed database."""
    for versionable in apps.get_app_config("djangocms_versioning").cms_extension.versionables:
        vars(versionable).pop("content_types", None)
