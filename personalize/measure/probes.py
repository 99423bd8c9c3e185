"""Probes of the live parts: each says what it found and how to mend it."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import maxminddb
import redis
from celery import current_app
from django.conf import settings as site
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from kombu.exceptions import OperationalError

from personalize.conf import settings
from personalize.connections import collect_redis
from personalize.events.event import Event
from personalize.measure.health import LATE_SECONDS, Readiness, readiness
from personalize.models import Visitor
from personalize.profile.store import erase_profile, read_profile
from personalize.stream.doorbell import accept
from personalize.stream.protocol import StreamUnavailable

OLDEST_REDIS = (7, 0)  # its streams tell how far a group is behind
PLAIN_CACHE = "django.core.cache.backends.redis.RedisCache"  # no time-out, and it raises


class State(StrEnum):
    """How a probe ended; what is not in use is fine."""

    FINE = "fine"
    WORRYING = "worrying"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found; `fix` says what to do, and is empty when all is fine."""

    part: str
    state: State
    said: str
    fix: str = ""


def _fine(part: str, said: str) -> Finding:
    return Finding(part, State.FINE, said)


def _worrying(part: str, said: str, *, fix: str) -> Finding:
    return Finding(part, State.WORRYING, said, fix)


def _broken(part: str, said: str, *, fix: str) -> Finding:
    return Finding(part, State.BROKEN, said, fix)


def examine(*, url: str = "", wait_seconds: float = 10.0) -> Iterator[Finding]:
    """Probe every part and yield what is found; what hangs on a broken part is left out.

    `url` is a path of the site to fetch through all middleware; `wait_seconds` is how long the
    synthetic event may take until it is in a profile.
    """
    state = readiness()
    yield from _database(state)
    yield from _redis(state)
    yield _cache()
    yield _geo()
    if not state.redis:
        yield from _background(state)
        yield _lag(state)
        yield _round_trip(wait_seconds=wait_seconds)
    if url:
        yield _page(url)


def _redis(state: Readiness) -> Iterator[Finding]:
    if state.redis:
        fix = "Start Redis, or correct PERSONALIZE['REDIS_URL']."
        yield _broken("redis", state.redis, fix=fix)
        return
    found = collect_redis().info()
    version = str(found["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield _broken("redis", f"Version {version} is too old.", fix="Use Redis 7.0 or later.")
    else:
        yield _fine("redis", f"Version {version} answers.")
    yield _persistence(bool(found.get("aof_enabled")))
    yield _eviction(str(found.get("maxmemory_policy", "")))


def _persistence(is_on: bool) -> Finding:
    if is_on:
        return _fine("persistence", "The append-only file is on.")
    said = "The append-only file is off: a crash of Redis loses events that were accepted."
    return _broken("persistence", said, fix="Set `appendonly yes` and `appendfsync everysec`.")


def _eviction(policy: str) -> Finding:
    if policy == "noeviction":
        return _fine("eviction", "Redis never evicts.")
    said = f"The policy {policy!r} lets Redis delete profiles and events when memory is short."
    return _broken(
        "eviction", said, fix="Set `maxmemory-policy noeviction`; keep caches elsewhere."
    )


def _database(state: Readiness) -> Iterator[Finding]:
    if state.database:
        yield _broken("database", state.database, fix="Start the database, or correct DATABASES.")
        return
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    missing = [str(migration) for migration, _ in plan]
    if missing:
        said = f"{len(missing)} migrations are not applied, the first is {missing[0]}."
        yield _broken("database", said, fix="Run `manage.py migrate`.")
    else:
        yield _fine("database", "It answers, and every migration is applied.")


def _cache() -> Finding:
    """Keep a value and read it; whatever a cache raises, it would raise in pages too."""
    fix = 'Start its server, or correct CACHES; "personalize.cache.RedisCache" fails no page.'
    key = f"doctor-{uuid.uuid4().hex}"
    try:
        cache.set(key, "kept", 10)
        is_kept = cache.get(key) == "kept"
        cache.delete(key)
    except Exception as error:  # noqa: BLE001 - each backend has its own
        return _broken("cache", f"Pages fail with it: {error}", fix=fix)
    if not is_kept:
        return _worrying("cache", "It keeps nothing: every page is made anew.", fix=fix)
    if site.CACHES["default"]["BACKEND"] == PLAIN_CACHE:
        return _worrying("cache", "When its Redis hangs or stops, every page fails.", fix=fix)
    return _fine("cache", "It keeps values.")


def _geo() -> Finding:
    path = settings().GEO_DATABASE
    if not path:
        return _fine("geo", "No geographic database is configured; visitors have no country.")
    try:
        with maxminddb.open_database(path) as database:
            return _fine("geo", f"{database.metadata().database_type} can be read.")
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        fix = "Put a MaxMind (.mmdb) file there, or empty PERSONALIZE['GEO_DATABASE']."
        return _broken("geo", str(error), fix=fix)


def _background(state: Readiness) -> Iterator[Finding]:
    try:
        workers = current_app.control.ping(timeout=1.0)
    except (OperationalError, redis.RedisError, OSError) as error:
        yield _broken("broker", str(error), fix="Start the broker, or correct CELERY_BROKER_URL.")
        return
    yield _broker()
    if workers:
        yield _fine("worker", f"{len(workers)} Celery worker(s) answer.")
    else:
        fix = "Start one: celery -A <project> worker."
        yield _broken("worker", "No Celery worker answers: nothing is processed.", fix=fix)
    if state.is_silent("beat"):
        fix = "Start it: celery -A <project> beat, with personalize.schedule.SCHEDULE set."
        yield _broken("beat", "Beat has given no sign for a minute.", fix=fix)
    else:
        yield _fine("beat", f"Its last sign is {state.beat_seconds} seconds old.")


def _broker() -> Finding:
    caches = [str(conf.get("LOCATION", "")) for conf in site.CACHES.values()]
    broker = str(current_app.conf.broker_url or "")
    if broker in caches:
        fix = "Give the cache another database or server: clearing it would delete tasks."
        return _worrying("broker", "The broker shares its database with a cache.", fix=fix)
    return _fine("broker", f"It answers ({urlsplit(broker).scheme or 'memory'}).")


def _lag(state: Readiness) -> Finding:
    if state.stream:
        return _broken("lag", state.stream, fix="Check PERSONALIZE['STREAM'] and its server.")
    said = f"{state.waiting} events wait, the oldest for {state.oldest_seconds:.1f} seconds."
    if state.oldest_seconds > LATE_SECONDS:
        return _broken("lag", said, fix="Start more workers, and read the log of those that run.")
    return _fine("lag", said)


def _round_trip(*, wait_seconds: float) -> Finding:
    """Send one event of a made-up visitor, wait for their profile, and remove it again."""
    fix = "Look at the findings above; then at the worker's log."
    event = _synthetic(at=time.time_ns() // 1_000_000)
    started = time.perf_counter()
    try:
        accept([event])
        arrived = _until(lambda: _has_profile(event.subject), wait_seconds=wait_seconds)
    except (StreamUnavailable, OperationalError, redis.RedisError) as error:
        return _broken("round trip", str(error), fix=fix)
    finally:
        _forget(event.subject)
    if not arrived:
        said = f"An event was accepted, and after {wait_seconds:g} seconds is in no profile."
        return _broken("round trip", said, fix=fix)
    took = 1000 * (time.perf_counter() - started)
    return _fine("round trip", f"An event was in its visitor's profile after {took:.0f} ms.")


def _synthetic(*, at: int) -> Event:
    name = f"doctor-{uuid.uuid4().hex}"
    return Event(
        type="page",
        event="Page Viewed",
        message_id=name,
        timestamp=at,
        received_at=at,
        anonymous_id=name,
        source="system",
    )


def _has_profile(subject: str) -> bool:
    return read_profile(subject) is not None


def _forget(subject: str) -> None:
    try:
        erase_profile(subject)
        Visitor.objects.filter(subject=subject).delete()
    except (redis.RedisError, DatabaseError):
        pass  # the finding says already that they do not answer


def _until(holds: Callable[[], bool], *, wait_seconds: float) -> bool:
    deadline = time.monotonic() + wait_seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _page(url: str) -> Finding:
    host = next((name for name in site.ALLOWED_HOSTS if "*" not in name), "localhost").lstrip(".")
    client = Client(raise_request_exception=False, SERVER_NAME=host)
    response = client.get(url, secure=True)
    if response.status_code >= 400:
        said = f"{url} answers {response.status_code}."
        return _broken("page", said, fix="Open the page with DEBUG on, or read the log.")
    return _fine("page", f"{url} answers {response.status_code}.")
