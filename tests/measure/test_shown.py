"""How often each slot showed what: counted by pages in memory, shared out for editors."""

import time
from datetime import UTC, datetime

import pytest
from redis.exceptions import ConnectionError as Unreachable

from personalize.decide.decision import Decision, Reason
from personalize.measure import shown
from personalize.measure.tally import flush_tally

pytestmark = pytest.mark.django_db(transaction=True)

A = Decision("hero", "a", Reason.TARGETING_MATCH)
DEFAULT = Decision("hero", None, Reason.DEFAULT)
BOTS = Decision("hero", None, Reason.BOT)


def note(*decisions: Decision) -> None:
    shown.note_shown(decisions, now=time.time_ns() // 1_000_000)


def shares(slot: str = "hero") -> dict[str, float]:
    shown.push()
    flush_tally()
    return shown.shares(slot, now=datetime.now(UTC))


def test_the_shares_of_a_slots_variants_are_of_all_views_by_people() -> None:
    for decisions in [(A,), (A,), (A,), (DEFAULT,), (BOTS,)]:
        note(*decisions)
    assert shares() == {"a": 0.75, "": 0.25}
    assert shares("footer") == {}


def test_what_redis_does_not_take_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Unreachable

    note(A)
    with monkeypatch.context() as patch:
        patch.setattr(shown, "collect_redis", refuse)
        shown.push()
    assert shares() == {"a": 1.0}
