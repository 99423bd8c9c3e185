"""The settings of `personalize`: one typed record, read from Django's `PERSONALIZE` dictionary."""

import difflib
from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings as django_settings
from django.core.signals import setting_changed

PURPOSES = ("analytics", "personalization", "marketing")


class InvalidSettings(ValueError):
    """`PERSONALIZE` has a value of the wrong type."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. Sizes are bytes, durations carry their unit in the name."""

    # Where things live
    REDIS_URL: str = "redis://127.0.0.1:6379/0"
    STREAM: str = "personalize.stream.redis.RedisStream"
    STREAM_OPTIONS: dict[str, Any] = {}
    PARTITIONS: int = 8
    GEO_DATABASE: str = ""
    CRAWLER_RANGES: dict[str, str] = {}
    LAKE_URL: str = ""
    LAKE_OPTIONS: dict[str, Any] = {}
    LAKE_RETENTION_DAYS: int = 760
    LAKE_KEEPS_USER_AGENT: bool = True
    EXPORT_URL: str = ""
    EXPORT_DAYS: int = 7

    # Who may send events, and how much
    ALLOWED_ORIGINS: tuple[str, ...] = ()
    TRUSTED_PROXIES: int = 0
    MAX_REQUEST_BYTES: int = 500_000
    MAX_EVENT_BYTES: int = 32_000
    MAX_BATCH_EVENTS: int = 500
    MAX_DEPTH: int = 8
    MAX_PROPERTIES: int = 255
    RATE_EVENTS_PER_MINUTE: int = 6_000

    # Identity and consent
    COOKIE_NAME: str = "px"
    COOKIE_MAX_AGE_DAYS: int = 390
    CONSENT_REQUIRED: tuple[str, ...] = PURPOSES
    CONSENT_VERSION: str = "1"
    IDENTIFY_SECRET: str = ""

    # What is believed of a clock
    MAX_FUTURE_SECONDS: int = 300
    MAX_PAST_DAYS: int = 7

    # What is believed of events
    CURRENCY: str = ""
    RATES: dict[str, float] = {}
    URL_QUERY_ALLOWED: tuple[str, ...] = ("utm_*",)

    # Profiles
    SESSION_GAP_SECONDS: int = 1_800
    PROFILE_TTL_DAYS: int = 390
    TIMELINE_EVENTS: int = 30
    STORE_TIMEOUT_MS: int = 25
    BREAKER_FAILURES: int = 3
    BREAKER_SECONDS: float = 5.0

    # Quarantine
    QUARANTINE_DAYS: int = 90

    # Decisions
    GLOBAL_HOLDOUT_PERCENT: float = 5.0
    PLAN_MAX_AGE_SECONDS: float = 2.0
    DECISION_SAMPLE_PERCENT: float = 1.0
    DECISION_SAMPLE_DAYS: int = 30

    # Monitoring
    METRICS_TOKEN: str = ""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the validated settings; an unknown key is left to the system checks.

    Raises:
        InvalidSettings: names the key at fault and the type that was expected.
    """
    given: dict[str, Any] = getattr(django_settings, "PERSONALIZE", {})
    known = {key: value for key, value in given.items() if key in Settings.__struct_fields__}
    try:
        return msgspec.convert(known, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise InvalidSettings(f"PERSONALIZE: {error}") from error


def unknown_keys(given: dict[str, Any]) -> list[str]:
    """Return the keys of `given` that no setting has, in order."""
    return [key for key in given if key not in Settings.__struct_fields__]


def did_you_mean(key: str) -> str:
    """Return a sentence with the nearest setting's name, or an empty string."""
    near = difflib.get_close_matches(key.upper(), Settings.__struct_fields__, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "PERSONALIZE":
        settings.cache_clear()


setting_changed.connect(_forget)
