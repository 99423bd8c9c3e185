"""The circuit breaker: it opens, rests, and lets one try."""

from personalize.profile.breaker import Breaker


def test_it_opens_after_three_failures_rests_and_lets_one_try() -> None:
    now = [100.0]
    breaker = Breaker(clock=lambda: now[0])

    def tries() -> bool:
        return breaker.lets_through(failures=3, seconds=5)

    for _ in range(3):
        assert tries()
        breaker.failed(seconds=5)
    assert breaker.is_open(failures=3)
    assert not tries()
    now[0] += 5
    assert [tries(), tries()] == [True, False]
    breaker.succeeded()
    assert not breaker.is_open(failures=3)
    assert tries()
