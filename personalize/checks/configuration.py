"""Checks of `PERSONALIZE` itself: each setting is known, and has a value that makes sense."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as site
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from personalize.checks.register import checked
from personalize.collect.crawlers import InvalidRanges, read_ranges
from personalize.conf import (
    PURPOSES,
    InvalidSettings,
    Settings,
    did_you_mean,
    settings,
    unknown_keys,
)

SHORTEST_SECRET = 32
LONGEST_COOKIE_DAYS = 396  # 13 months: the most that data protection authorities accept
EXTRAS = {"boto3": "kinesis", "botocore": "kinesis", "confluent_kafka": "kafka"}
VERSION = re.compile(r"[A-Za-z0-9_]+")

AT_LEAST_ONE = (
    "PARTITIONS", "MAX_REQUEST_BYTES", "MAX_EVENT_BYTES", "MAX_BATCH_EVENTS", "MAX_DEPTH",
    "MAX_PROPERTIES", "RATE_EVENTS_PER_MINUTE", "COOKIE_MAX_AGE_DAYS", "SESSION_GAP_SECONDS",
    "PROFILE_TTL_DAYS", "STORE_TIMEOUT_MS", "BREAKER_FAILURES",
)  # fmt: skip
NOT_NEGATIVE = (
    "TRUSTED_PROXIES", "MAX_FUTURE_SECONDS", "MAX_PAST_DAYS", "TIMELINE_EVENTS", "BREAKER_SECONDS",
    "PLAN_MAX_AGE_SECONDS",
)  # fmt: skip


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


@checked()
def check_ranges(conf: Settings) -> Iterator[CheckMessage]:
    """E002: no number is outside of what makes sense."""
    wrong = [f"{key} must be at least 1" for key in AT_LEAST_ONE if getattr(conf, key) < 1]
    wrong += [f"{key} must not be negative" for key in NOT_NEGATIVE if getattr(conf, key) < 0]
    if not 0 <= conf.GLOBAL_HOLDOUT_PERCENT <= 100:
        wrong.append("GLOBAL_HOLDOUT_PERCENT must be between 0 and 100")
    for sentence in wrong:
        hint = "Correct the number in PERSONALIZE, or remove the setting to get its default."
        yield Error(f"PERSONALIZE: {sentence}.", hint=hint, id="personalize.E002")


@checked()
def check_stream(conf: Settings) -> Iterator[CheckMessage]:
    """E003, E016: the stream backend exists, has its package, and takes the options."""
    try:
        backend = import_string(conf.STREAM)
        inspect.signature(backend).bind(partitions=conf.PARTITIONS, **conf.STREAM_OPTIONS)
    except (ImportError, TypeError) as error:
        package = getattr(error, "name", None) or ""
        if package in EXTRAS:
            yield Error(
                f"The stream {conf.STREAM!r} needs the package {package!r}.",
                hint=f"Run `pip install django-personalize[{EXTRAS[package]}]`.",
                id="personalize.E016",
            )
            return
        yield Error(
            f"The stream {conf.STREAM!r} (PERSONALIZE['STREAM']) cannot be made: {error}.",
            hint="Name the class with its full path, and only options that its constructor takes.",
            id="personalize.E003",
        )


@checked()
def check_purposes(conf: Settings) -> Iterator[CheckMessage]:
    """E004: consent is only asked for purposes that exist."""
    for purpose in conf.CONSENT_REQUIRED:
        if purpose not in PURPOSES:
            yield Error(
                f"PERSONALIZE['CONSENT_REQUIRED'] names an unknown purpose {purpose!r}.",
                hint=f"The purposes are {', '.join(PURPOSES)}.",
                id="personalize.E004",
            )


@checked()
def check_consent_version(conf: Settings) -> Iterator[CheckMessage]:
    """E015: the version of the wording can stand in the consent cookie, before the first dot."""
    if not VERSION.fullmatch(conf.CONSENT_VERSION):
        yield Error(
            f"PERSONALIZE['CONSENT_VERSION'] is {conf.CONSENT_VERSION!r}: whoever agrees would be "
            "taken for undecided.",
            hint="Use letters, digits and underscores only: 2026_11.",
            id="personalize.E015",
        )


@checked()
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


@checked()
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


@checked()
def check_files(conf: Settings) -> Iterator[CheckMessage]:
    """W002: the geographic database is there."""
    if conf.GEO_DATABASE and not Path(conf.GEO_DATABASE).is_file():
        yield Warning(
            f"PERSONALIZE['GEO_DATABASE'] names {conf.GEO_DATABASE!r}, and there is no such file; "
            "rules about the country match nobody.",
            hint="Put a MaxMind (.mmdb) file there, or leave the setting empty.",
            id="personalize.W002",
        )


@checked()
def check_crawlers(conf: Settings) -> Iterator[CheckMessage]:
    """W009: the networks of crawlers can be read."""
    for name, path in conf.CRAWLER_RANGES.items():
        try:
            read_ranges(path)
        except (OSError, InvalidRanges) as error:
            yield Warning(
                f"PERSONALIZE['CRAWLER_RANGES'] names {path!r} for {name!r}, which cannot be read: "
                f"{error}; who claims to be it is not checked.",
                hint="Fetch the JSON file that the crawler's owner publishes, with its list "
                "`prefixes`, or remove the entry.",
                id="personalize.W009",
            )


@checked()
def check_cookie_age(conf: Settings) -> Iterator[CheckMessage]:
    """W008: the visitor cookie does not outlive what authorities accept."""
    if conf.COOKIE_MAX_AGE_DAYS > LONGEST_COOKIE_DAYS:
        yield Warning(
            f"The visitor cookie lives {conf.COOKIE_MAX_AGE_DAYS} days; accepted are 13 months.",
            hint=f"Set PERSONALIZE['COOKIE_MAX_AGE_DAYS'] to {LONGEST_COOKIE_DAYS} or less.",
            id="personalize.W008",
        )
