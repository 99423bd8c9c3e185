"""The rate of one sender."""

import pytest

from personalize.collect.rate import Buckets, buckets, limit_rate
from personalize.collect.refusal import Refused


def test_a_sender_may_spend_a_minutes_worth_at_once_and_then_waits():
    taken = Buckets()
    assert [taken.take("visitor", 1, a_minute=3, now=0.0) for _ in range(3)] == [0, 0, 0]
    assert taken.take("visitor", 1, a_minute=3, now=0.0) == pytest.approx(20)
    assert taken.take("visitor", 1, a_minute=3, now=20.1) == 0


def test_one_sender_does_not_slow_another():
    taken = Buckets()
    taken.take("visitor", 99, a_minute=3, now=0.0)
    assert taken.take("stranger", 1, a_minute=3, now=0.0) == 0


def test_a_batch_larger_than_the_bucket_passes_once_and_is_paid_off():
    taken = Buckets()
    assert taken.take("visitor", 30, a_minute=10, now=0.0) == 0
    assert taken.take("visitor", 1, a_minute=10, now=60.0) > 0
    assert taken.take("visitor", 1, a_minute=10, now=181.0) == 0


def test_the_memory_of_senders_is_bounded(monkeypatch):
    monkeypatch.setattr("personalize.collect.rate.SENDERS", 10)
    taken = Buckets()
    for number in range(50):
        taken.take(f"visitor {number}", 1, a_minute=10, now=0.0)
    assert len(taken._buckets) == 10


def test_a_network_is_bounded_however_many_visitors_it_claims_to_have(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 2}
    buckets.clear()
    for number in range(20):
        limit_rate(visitor=f"visitor {number}", network="203.0.113.0", events=1)
    with pytest.raises(Refused) as refused:
        limit_rate(visitor="stranger", network="203.0.113.0", events=1)
    assert refused.value.status == 429
    assert refused.value.wait_seconds > 0
