"""Watching one's own browser."""

from datetime import UTC, datetime

from personalize.collect.identity import random_identity
from personalize.connections import collect_redis
from personalize.keys import refused_key
from personalize.measure.watch import MOST, failures, note_refusals, watch

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAULT = ("batch[0].event", "expected text", b'{"event": 7, "email": "ada@example.com"}')


def test_what_is_refused_of_a_watched_browser_is_kept(db):
    visitor, stranger = random_identity(), random_identity()
    watch(visitor)
    for identity in (visitor, stranger):
        note_refusals(identity, refusals=[FAULT], at=1_000)

    (failure,) = failures(visitor, now=NOW)
    assert (failure.path, failure.detail) == FAULT[:2]
    assert failure.raw == FAULT[2]
    assert failures(stranger, now=NOW) == []


def test_only_the_latest_are_kept_and_not_for_long(db):
    visitor = random_identity()
    watch(visitor)
    for at in range(MOST + 5):
        note_refusals(visitor, refusals=[FAULT], at=at)

    found = failures(visitor, now=NOW)
    assert [failure.at for failure in found] == list(range(MOST + 4, 4, -1))
    assert 0 < collect_redis().ttl(refused_key(visitor.anonymous_id)) <= 600


def test_who_has_no_cookie_is_not_watched():
    note_refusals(None, refusals=[FAULT], at=0)
